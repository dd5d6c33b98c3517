//! `GET /circles`: the circles I am a member of.

use kith_shared::ids::{AccountId, CircleId};
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{Page, PageQuery, Pages},
    problem::{Json, Problem},
};
use uuid::Uuid;

use super::{App, bodies::Circle, problems};

/// My circles, newest first.
#[utoipa::path(
    get, path = "/api/v1/circles", tag = "circles", params(PageQuery),
    responses((status = 200, body = Page<Circle>), (status = 401, body = Problem))
)]
pub(super) async fn list_circles(
    State(app): State<App>,
    caller: Caller,
    pages: Pages,
) -> Result<Json<Page<Circle>>, Problem> {
    let before = pages.after::<Uuid>()?.map(CircleId);
    let limit = pages.limit();
    let found = app
        .list_circles(AccountId(caller.account), before, limit + 1)
        .await
        .map_err(problems::store)?;
    let page = pages.cut(found, |view| view.circle.id.0);
    Ok(Json(
        page.map(|view| Circle::seen_by(&view, caller.account)),
    ))
}
