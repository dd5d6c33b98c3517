//! `POST /me/addresses`: claim an address.

use kith_shared::ids::AccountId;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::{Response, State},
    idempotency::IdempotencyKey,
    problem::{Json, Problem},
};
use skeleton_service::once::Once;
use utoipa::ToSchema;

use super::{
    App,
    bodies::{Address, AddressKind, Checks},
    problems,
};
use crate::domain::address::Address as Claimed;

const PATH: &str = "/api/v1/me/addresses";

/// An address that I say is mine.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddAddress {
    kind: AddressKind,
    value: String,
}

/// Claim an address. An e-mail address gets a mail with a code that proves it.
#[utoipa::path(
    post, path = PATH, tag = "accounts", request_body = AddAddress,
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless")),
    responses(
        (status = 201, body = Address),
        (status = 409, body = Problem, description = "it is there already, or there are too many"),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn add_address(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(body): Json<AddAddress>,
) -> Result<Response, Problem> {
    let id = AccountId(caller.account);
    let once = Once::of(id.0, &key, PATH, &body, app.clock.now())?;
    let shown = |address: &Claimed| (None, Address::from(address));
    once.create(&*app.store, shown, async |keep| {
        let me = app.get_me(id).await.map_err(problems::store)?;
        let me = me.ok_or_else(|| Problem::not_found("account"))?;
        let mut checks = Checks::default();
        let parsed = Claimed::parse(body.kind.into(), &body.value, me.region.as_deref());
        let Some(address) = checks.take("/value", parsed) else {
            checks.done()?;
            return Err(Problem::malformed("expected kind and value"));
        };
        let made = app.add_address(id, address, keep).await;
        made.map_err(problems::add_address)
    })
    .await
}
