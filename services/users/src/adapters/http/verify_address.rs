//! `POST /me/addresses/{id}/verification`: prove an address.

use kith_shared::ids::{AccountId, AddressId};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    http::State,
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{App, bodies::Address, problems};
use crate::domain::secret::typed_code;

/// The code that the address was sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyAddress {
    /// Blanks, dashes and case do not matter.
    #[schema(value_type = String)]
    code: SecretString,
}

/// Prove an address with the code that was sent to it.
#[utoipa::path(
    post, path = "/api/v1/me/addresses/{id}/verification", tag = "accounts",
    params(("id" = Uuid, Path)), request_body = VerifyAddress,
    responses(
        (status = 200, body = Address),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "another account has proven it"),
        (status = 422, body = Problem, description = "the code is wrong, too old, or used up"),
    )
)]
pub(super) async fn verify_address(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(body): Json<VerifyAddress>,
) -> Result<Json<Address>, Problem> {
    let code = typed_code(body.code.expose_secret());
    let address = app
        .verify_address(AccountId(caller.account), AddressId(id), &code)
        .await
        .map_err(problems::verify_address)?;
    Ok(Json(Address::from(&address)))
}
