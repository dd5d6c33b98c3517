//! Creations under an idempotency key: the first answer is kept in the creation's own commit and
//! given again.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;
use skeleton_durable::commit::KeptAnswer;
use skeleton_host::{idempotency::IdempotencyKey, problem::Problem};
use uuid::Uuid;

use super::{App, problems};

/// A request that may come again.
pub(super) struct Once {
    owner: Uuid,
    key: Option<String>,
    fingerprint: String,
    now: Timestamp,
}

/// Whether the request is new.
pub(super) enum Seen {
    /// It is: do it and [`Once::keep`] the answer.
    New(Once),
    /// It was answered before; this is the answer.
    Before(Response),
}

impl Once {
    /// Looks the key up. `fingerprint` tells one request from another.
    pub(super) async fn look_up(
        app: &App,
        owner: Uuid,
        key: &IdempotencyKey,
        fingerprint: String,
    ) -> Result<Seen, Problem> {
        let now = app.book.clock.now();
        let Some(text) = key.get() else {
            return Ok(Seen::New(Self {
                owner,
                key: None,
                fingerprint,
                now,
            }));
        };
        match app
            .store
            .kept_answer(owner, text)
            .await
            .map_err(problems::store)?
        {
            None => Ok(Seen::New(Self {
                owner,
                key: Some(text.to_owned()),
                fingerprint,
                now,
            })),
            Some(kept) if kept.fingerprint == fingerprint => Ok(Seen::Before(again(kept))),
            Some(_) => Err(Problem::field(
                "/idempotency-key",
                "expected a new key: this one was used for another request",
            )),
        }
    }

    /// The answer to be kept, where a key was given.
    pub(super) fn keep<T: Serialize>(&self, status: StatusCode, body: &T) -> Option<KeptAnswer> {
        let key = self.key.clone()?;
        Some(KeptAnswer {
            account: self.owner,
            key,
            fingerprint: self.fingerprint.clone(),
            status: status.as_u16(),
            body: serde_json::to_string(body)
                .expect("answers are structs with string keys, which serialise"),
            at: self.now,
        })
    }
}

fn again(kept: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        Body::from(kept.body),
    )
        .into_response()
}
