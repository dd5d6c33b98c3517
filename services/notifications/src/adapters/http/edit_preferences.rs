//! `PATCH /api/v1/preferences`

use kith_shared::ids::AccountId;
use serde::Deserialize;
use skeleton_durable::commit::ChangeSet;
use skeleton_host::{
    auth::Caller,
    http::State,
    problem::{Json, Problem},
};
use utoipa::ToSchema;

use super::{bodies::PreferencesBody, problems};
use crate::{
    application::App,
    ports::{Preferences, Write},
};

/// What is to change; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreferencesEdit {
    /// Whether a due reminder is mailed too.
    reminder_mail: Option<bool>,
}

/// Says how the caller wants to be told.
#[utoipa::path(
    patch, path = "/api/v1/preferences", tag = "preferences", request_body = PreferencesEdit,
    responses((status = 200, body = PreferencesBody))
)]
pub(super) async fn edit_preferences(
    State(app): State<App>,
    caller: Caller,
    Json(input): Json<PreferencesEdit>,
) -> Result<Json<PreferencesBody>, Problem> {
    let account = AccountId(caller.account);
    let current = app
        .store
        .preferences(account)
        .await
        .map_err(problems::store)?;
    let wanted = Preferences {
        reminder_mail: input.reminder_mail.unwrap_or(current.reminder_mail),
    };
    if wanted != current {
        let change = ChangeSet::new().write(Write::Preferences(account, wanted));
        app.store.commit(change).await.map_err(problems::store)?;
    }
    Ok(Json(wanted.into()))
}
