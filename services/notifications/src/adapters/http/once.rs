//! Creations under an idempotency key: the first answer is kept in the creation's own commit and
//! given again.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Serialize;
use skeleton_durable::commit::KeptAnswer;
use skeleton_host::{idempotency::IdempotencyKey, problem::Problem};
use uuid::Uuid;

use super::store_problem;
use crate::application::App;

/// The answer kept under the caller's key, if the request came before.
pub(super) async fn kept(
    app: &App,
    account: Uuid,
    key: &IdempotencyKey,
    fingerprint: &str,
) -> Result<Option<Response>, Problem> {
    let Some(key) = key.get() else {
        return Ok(None);
    };
    let found = app
        .store
        .kept_answer(account, key)
        .await
        .map_err(store_problem)?;
    let Some(answer) = found else { return Ok(None) };
    if answer.fingerprint != fingerprint {
        return Err(Problem::field(
            "/idempotency-key",
            "expected a new key: this one was used for another request",
        ));
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok(Some((status, kind, answer.body).into_response()))
}

/// The answer to be kept, where a key was given.
pub(super) fn keep<T: Serialize>(
    app: &App,
    account: Uuid,
    key: &IdempotencyKey,
    fingerprint: String,
    body: &T,
) -> Option<KeptAnswer> {
    Some(KeptAnswer {
        account,
        key: key.get()?.to_owned(),
        fingerprint,
        status: 201,
        body: serde_json::to_string(body)
            .expect("answers are structs with string keys, which serialise"),
        at: app.clock.now(),
    })
}
