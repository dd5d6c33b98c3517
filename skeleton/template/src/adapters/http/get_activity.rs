//! `GET /api/v1/templates/activity`

use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::State,
    problem::{Json, Problem},
};
use utoipa::ToSchema;

use super::problems;
use crate::application::App;

/// How busy an account was.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(super) struct Activity {
    /// How often its things changed; may lag behind by moments.
    changes: i64,
}

/// How often the caller's things changed.
#[utoipa::path(
    get, path = "/api/v1/templates/activity", tag = "templates",
    responses((status = 200, body = Activity))
)]
pub(super) async fn get_thing_activity(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Activity>, Problem> {
    let changes = app
        .store
        .activity(caller.account)
        .await
        .map_err(problems::store)?;
    Ok(Json(Activity { changes }))
}
