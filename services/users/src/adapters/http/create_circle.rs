//! `POST /circles`: found a circle.

use kith_shared::ids::AccountId;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::{IntoResponse, Method, Response, State, StatusCode},
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Problem},
};
use skeleton_service::once::{Once, Seen};
use utoipa::ToSchema;

use super::{
    App, problems,
    views::{Checks, Circle},
};
use crate::domain::text;

/// A new circle.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateCircle {
    name: String,
}

/// Found a circle. I am its first member and show nothing to begin with.
#[utoipa::path(
    post, path = "/api/v1/circles", tag = "circles", request_body = CreateCircle,
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless")),
    responses((status = 201, body = Circle), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(super) async fn create_circle(
    State(users): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(body): Json<CreateCircle>,
) -> Result<Response, Problem> {
    let request = serde_json::to_vec(&body).unwrap_or_default();
    let print = fingerprint(&Method::POST, "/api/v1/circles", &request);
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
    let mut checks = Checks::default();
    let name = checks.take("/name", text::name(&body.name));
    checks.done()?;
    let me = caller.account;
    let keep = |view: &_| once.keep(StatusCode::CREATED, &Circle::seen_by(view, me));
    let made = users
        .create_circle(AccountId(me), name.unwrap_or_default(), &keep)
        .await;
    let outcome = made.map_err(problems::circle).map(|view| {
        let circle = Circle::seen_by(&view, me);
        (StatusCode::CREATED, ETag(circle.version), Json(circle)).into_response()
    });
    once.settle(&*users.store, outcome).await
}
