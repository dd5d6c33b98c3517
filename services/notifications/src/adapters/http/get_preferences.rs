//! `GET /api/v1/preferences`

use kith_shared::ids::AccountId;
use skeleton_host::{
    auth::Caller,
    http::State,
    problem::{Json, Problem},
};

use super::{bodies::PreferencesBody, problems};
use crate::application::App;

/// How the caller wants to be told.
#[utoipa::path(
    get, path = "/api/v1/preferences", tag = "preferences",
    responses((status = 200, body = PreferencesBody))
)]
pub(super) async fn get_preferences(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<PreferencesBody>, Problem> {
    let found = app
        .store
        .preferences(AccountId(caller.account))
        .await
        .map_err(problems::store)?;
    Ok(Json(found.into()))
}
