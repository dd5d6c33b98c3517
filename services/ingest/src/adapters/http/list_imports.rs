//! `GET /imports`: the files brought in, newest first.

use axum::extract::State;
use kith_shared::ids::{AccountId, ImportId};
use skeleton_host::{
    auth::Caller,
    pages::{Page, PageQuery},
    problem::{Json, Problem, Query},
};

use super::{Shared, get_import::Import, problems};

/// My imports, newest first.
#[utoipa::path(
    get, path = "/api/v1/imports", tag = "imports", params(PageQuery),
    responses((status = 200, body = Page<Import>), (status = 422, body = Problem))
)]
pub(super) async fn list_imports(
    State(app): State<Shared>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Import>>, Problem> {
    let after = page.after::<ImportId>()?;
    let found = app
        .imports
        .page(AccountId(caller.account), after, page.limit() + 1)
        .await;
    let found = found.map_err(problems::store)?;
    Ok(Json(
        Page::cut(found, page.limit(), |last| last.id).map(|import| Import::of(&import)),
    ))
}
