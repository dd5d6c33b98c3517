//! `DELETE /me`: erase my account.

use kith_shared::ids::AccountId;
use secrecy::SecretString;
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Json, Problem},
};
use utoipa::ToSchema;

use super::{App, problems};

/// Proof that it is me.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EraseMe {
    #[schema(value_type = String)]
    password: SecretString,
}

/// Erase my account and everything that is mine, everywhere. There is no way back.
#[utoipa::path(
    delete, path = "/api/v1/me", tag = "accounts", request_body = EraseMe,
    responses(
        (status = 204),
        (status = 403, body = Problem, description = "the password is wrong"),
        (status = 429, body = Problem),
    )
)]
pub(super) async fn erase_me(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<EraseMe>,
) -> Result<StatusCode, Problem> {
    app.erase_account(AccountId(caller.account), body.password)
        .await
        .map_err(problems::erase)?;
    Ok(StatusCode::NO_CONTENT)
}
