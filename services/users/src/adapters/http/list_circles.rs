//! `GET /circles`: the circles I am a member of.

use axum::extract::State;
use kith_shared::ids::{AccountId, CircleId};
use skeleton_host::{
    auth::Caller,
    pages::{Page, PageQuery},
    problem::{Json, Problem, Query},
};
use uuid::Uuid;

use super::{App, problems, views::Circle};

/// My circles, newest first.
#[utoipa::path(
    get, path = "/api/v1/circles", tag = "circles", params(PageQuery),
    responses((status = 200, body = Page<Circle>), (status = 401, body = Problem))
)]
pub(super) async fn list_circles(
    State(users): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Circle>>, Problem> {
    let before = page.after::<Uuid>()?.map(CircleId);
    let limit = page.limit();
    let found = users
        .list_circles(AccountId(caller.account), before, limit + 1)
        .await
        .map_err(problems::failure)?;
    let page = Page::cut(found, limit, |view| view.circle.id.0);
    Ok(Json(
        page.map(|view| Circle::seen_by(&view, caller.account)),
    ))
}
