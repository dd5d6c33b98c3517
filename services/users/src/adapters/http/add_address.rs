//! `POST /me/addresses`: claim an address.

use kith_shared::ids::AccountId;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::{IntoResponse, Method, Response, State, StatusCode},
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Problem},
};
use skeleton_service::once::{Once, Seen};
use utoipa::ToSchema;

use super::{
    App, problems,
    views::{Address, AddressKind, Checks},
};
use crate::domain::address::Address as Claimed;

/// An address that I say is mine.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddAddress {
    kind: AddressKind,
    value: String,
}

/// Claim an address. An e-mail address gets a mail with a code that proves it.
#[utoipa::path(
    post, path = "/api/v1/me/addresses", tag = "accounts", request_body = AddAddress,
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless")),
    responses(
        (status = 201, body = Address),
        (status = 409, body = Problem, description = "it is there already, or there are too many"),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn add_address(
    State(users): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(body): Json<AddAddress>,
) -> Result<Response, Problem> {
    let request = serde_json::to_vec(&body).unwrap_or_default();
    let print = fingerprint(&Method::POST, "/api/v1/me/addresses", &request);
    let once = match Once::look_up(
        &*users.store,
        caller.account,
        &key,
        print,
        users.clock.now(),
    )
    .await?
    {
        Seen::New(once) => once,
        Seen::Before(response) => return Ok(response),
    };
    let id = AccountId(caller.account);
    let me = users.get_me(id).await.map_err(problems::failure)?;
    let me = me.ok_or_else(|| Problem::not_found("account"))?;
    let mut checks = Checks::default();
    let parsed = Claimed::parse(body.kind.into(), &body.value, me.region.as_deref());
    let Some(key) = checks.take("/value", parsed) else {
        checks.done()?;
        return Err(Problem::malformed("expected kind and value"));
    };
    let keep = |address: &_| once.keep(StatusCode::CREATED, &Address::from(address));
    let made = users.add_address(id, key, &keep).await;
    let outcome = made
        .map_err(problems::address)
        .map(|address| (StatusCode::CREATED, Json(Address::from(&address))).into_response());
    once.settle(&*users.store, outcome).await
}
