//! `GET /imports`: the files brought in, newest first.

use kith_shared::ids::{AccountId, ImportId};
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{Page, PageQuery, Pages},
    problem::{Json, Problem},
};

use super::{App, bodies::Import, problems};

/// My imports, newest first.
#[utoipa::path(
    get, path = "/api/v1/imports", tag = "imports", params(PageQuery),
    responses((status = 200, body = Page<Import>), (status = 422, body = Problem))
)]
pub(super) async fn list_imports(
    State(app): State<App>,
    caller: Caller,
    pages: Pages,
) -> Result<Json<Page<Import>>, Problem> {
    let after = pages.after::<ImportId>()?;
    let found = app
        .store
        .imports(AccountId(caller.account), after, pages.limit() + 1)
        .await;
    let found = found.map_err(problems::store)?;
    Ok(Json(
        pages
            .cut(found, |last| last.id)
            .map(|import| Import::of(&import)),
    ))
}
