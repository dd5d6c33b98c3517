//! `GET /me`: my account.

use kith_shared::ids::AccountId;
use serde::Serialize;
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::{IntoResponse, State},
    problem::{Json, Problem},
};
use utoipa::ToSchema;

use super::{
    App,
    bodies::{Account, Address},
    problems,
};

/// My account with my addresses.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    #[serde(flatten)]
    account: Account,
    addresses: Vec<Address>,
}

/// My account.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "accounts",
    responses((status = 200, body = Me), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(super) async fn get_me(
    State(app): State<App>,
    caller: Caller,
) -> Result<impl IntoResponse, Problem> {
    let found = app
        .get_me(AccountId(caller.account))
        .await
        .map_err(problems::store)?;
    let account = found.ok_or_else(|| Problem::not_found("account"))?;
    let me = Me {
        addresses: account.addresses.iter().map(Address::from).collect(),
        account: Account::from(&account),
    };
    Ok((ETag(account.version), Json(me)))
}
