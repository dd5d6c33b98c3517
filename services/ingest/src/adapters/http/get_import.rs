//! `GET /imports/{id}`: where an import stands.

use kith_shared::ids::{AccountId, ImportId};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::State,
    problem::{Json, Path, Problem},
};

use super::{App, bodies::Import, problems};

/// Where an import stands.
#[utoipa::path(
    get, path = "/api/v1/imports/{id}", tag = "imports",
    params(("id" = ImportId, Path)),
    responses((status = 200, body = Import), (status = 404, body = Problem))
)]
pub(super) async fn get_import(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<(ETag, Json<Import>), Problem> {
    let import = app
        .get_import(AccountId(caller.account), id)
        .await
        .map_err(problems::store)?;
    let import = import.ok_or_else(|| Problem::not_found("import"))?;
    Ok((ETag(import.version), Json(Import::of(&import))))
}
