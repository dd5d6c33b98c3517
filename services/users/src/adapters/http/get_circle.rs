//! `GET /circles/{id}`: a circle I am a member of.

use kith_shared::ids::{AccountId, CircleId};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::{IntoResponse, State},
    problem::{Json, Path, Problem},
};
use uuid::Uuid;

use super::{App, bodies::Circle, problems};

/// One of my circles.
#[utoipa::path(
    get, path = "/api/v1/circles/{id}", tag = "circles", params(("id" = Uuid, Path)),
    responses((status = 200, body = Circle), (status = 404, body = Problem))
)]
pub(super) async fn get_circle(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<impl IntoResponse, Problem> {
    let view = app
        .get_circle(AccountId(caller.account), CircleId(id))
        .await
        .map_err(problems::circle)?;
    let circle = Circle::seen_by(&view, caller.account);
    Ok((ETag(circle.version), Json(circle)))
}
