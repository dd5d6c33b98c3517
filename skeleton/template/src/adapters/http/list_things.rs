//! `GET /api/v1/templates`

use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{Page, PageQuery, Pages},
    problem::{Json, Problem},
};
use uuid::Uuid;

use super::{bodies::ThingBody, problems};
use crate::application::App;

/// The caller's things, oldest first.
#[utoipa::path(
    get, path = "/api/v1/templates", tag = "templates", params(PageQuery),
    responses((status = 200, body = Page<ThingBody>))
)]
pub(super) async fn list_things(
    State(app): State<App>,
    caller: Caller,
    pages: Pages,
) -> Result<Json<Page<ThingBody>>, Problem> {
    let (after, limit) = (pages.after::<Uuid>()?, pages.limit());
    let things = app
        .store
        .things(caller.account, after, limit + 1)
        .await
        .map_err(problems::store)?;
    let page = pages.cut(things, |last| last.id);
    Ok(Json(page.map(|thing| ThingBody::from(&thing))))
}
