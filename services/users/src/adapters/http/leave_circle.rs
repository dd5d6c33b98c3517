//! `DELETE /circles/{id}/membership`: leave a circle.

use kith_shared::ids::{AccountId, CircleId};
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Path, Problem},
};
use uuid::Uuid;

use super::{App, problems};

/// Leave a circle. The invitations I made are taken back; the last one to leave dissolves it.
#[utoipa::path(
    delete, path = "/api/v1/circles/{id}/membership", tag = "circles", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(super) async fn leave_circle(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.leave_circle(AccountId(caller.account), CircleId(id))
        .await
        .map_err(problems::circle)?;
    Ok(StatusCode::NO_CONTENT)
}
