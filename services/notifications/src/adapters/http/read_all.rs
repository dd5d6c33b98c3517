//! `POST /api/v1/notifications/read-all`

use kith_shared::ids::AccountId;
use skeleton_host::{
    http::{State, StatusCode},
    {auth::Caller, problem::Problem},
};

use super::problems;
use crate::application::App;

/// Marks everything that the caller was told as read.
#[utoipa::path(
    post, path = "/api/v1/notifications/read-all", tag = "notifications",
    responses((status = 204))
)]
pub(super) async fn read_all_notifications(
    State(app): State<App>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    app.mark_all_read(AccountId(caller.account))
        .await
        .map_err(problems::store)?;
    Ok(StatusCode::NO_CONTENT)
}
