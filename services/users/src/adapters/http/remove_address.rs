//! `DELETE /me/addresses/{id}`: give an address up.

use kith_shared::ids::{AccountId, AddressId};
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Path, Problem},
};
use uuid::Uuid;

use super::{App, problems};

/// Give an address up. The one I sign in with stays.
#[utoipa::path(
    delete, path = "/api/v1/me/addresses/{id}", tag = "accounts", params(("id" = Uuid, Path)),
    responses(
        (status = 204),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "I sign in with it"),
    )
)]
pub(super) async fn remove_address(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.remove_address(AccountId(caller.account), AddressId(id))
        .await
        .map_err(problems::remove_address)?;
    Ok(StatusCode::NO_CONTENT)
}
