//! `PATCH /api/v1/preferences`

use kith_shared::ids::AccountId;
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    http::State,
    problem::{Json, Problem},
};
use utoipa::ToSchema;

use super::{bodies::PreferencesBody, problems};
use crate::application::App;

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
    let edited = app
        .edit_preferences(AccountId(caller.account), input.reminder_mail)
        .await
        .map_err(problems::store)?;
    Ok(Json(edited.into()))
}
