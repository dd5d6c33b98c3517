//! `DELETE /imports/{id}`: no more of a file.

use kith_shared::ids::{AccountId, ImportId};
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Path, Problem},
};

use super::{App, problems};

/// Cancel an import that waits or runs. It ends as `cancelled`, its file is deleted, and what was
/// read of the file by then stays in my book. Repeating it changes nothing.
#[utoipa::path(
    delete, path = "/api/v1/imports/{id}", tag = "imports",
    params(("id" = ImportId, Path)),
    responses(
        (status = 204, description = "It is cancelled."),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "It came to its end before."),
    )
)]
pub(super) async fn cancel_import(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<StatusCode, Problem> {
    let account = AccountId(caller.account);
    app.cancel_import(account, id)
        .await
        .map_err(problems::cancel)?;
    Ok(StatusCode::NO_CONTENT)
}
