//! Creations under an idempotency key: the first answer is kept in the creation's own commit and
//! given again.
//!
//! An endpoint says what the request is ([`Once::of`]) and hands over how to make the thing
//! ([`Once::create`]); whether it was made before, and what to answer then, is decided here.

use std::{future::Future, sync::Arc};

use jiff::Timestamp;
use serde::Serialize;
use skeleton_durable::commit::{Commit, KeptAnswer};
use skeleton_host::{
    conditional::ETag,
    http::{IntoResponse, Method, Response, StatusCode, header},
    idempotency::{self, IdempotencyKey, fingerprint},
    problem::{Json, Problem},
};
use uuid::Uuid;

use crate::problems;

/// Makes the answer to be kept out of what was created; it goes into the creation's commit.
pub type Keep<T> = Box<dyn Fn(&T) -> Option<KeptAnswer> + Send + Sync>;

/// A request that may come again.
#[derive(Clone, Debug)]
pub struct Once {
    owner: Uuid,
    key: Option<String>,
    fingerprint: String,
    now: Timestamp,
}

/// Whether the request is new.
#[derive(Debug)]
pub enum Seen {
    /// It is: do it and [`Once::keep`] the answer.
    New(Once),
    /// It was answered before; this is the answer.
    Before(Response),
}

impl Once {
    /// A request of `owner` at `path` with `body`, nothing in which is secret.
    ///
    /// # Errors
    /// When `body` cannot be JSON: it must not pass for an empty one.
    pub fn of(
        owner: Uuid,
        key: &IdempotencyKey,
        path: &str,
        body: &impl Serialize,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(|error| Problem::internal(&error))?;
        let fingerprint = fingerprint(&Method::POST, path, &body);
        Ok(Self::new(owner, key, fingerprint, now))
    }

    /// A request with a fingerprint of the endpoint's own, in which there must be no secret.
    #[must_use]
    pub fn new(owner: Uuid, key: &IdempotencyKey, fingerprint: String, now: Timestamp) -> Self {
        Self {
            owner,
            key: key.get().map(str::to_owned),
            fingerprint,
            now,
        }
    }

    /// Answers 201: with what `make` makes, as `shown`, or with what was answered before. `make`
    /// hands the [`Keep`] to the commit.
    ///
    /// # Errors
    /// Those of `make`; otherwise like [`Once::look_up`].
    pub async fn create<W, T, B, Made>(
        self,
        store: &(impl Commit<W> + ?Sized),
        shown: impl Fn(&T) -> (Option<ETag>, B) + Send + Sync + 'static,
        make: impl FnOnce(Keep<T>) -> Made,
    ) -> Result<Response, Problem>
    where
        W: Send + Sync,
        B: Serialize,
        Made: Future<Output = Result<T, Problem>>,
    {
        if let Some(before) = self.answer(store).await? {
            return Ok(before);
        }
        let shown = Arc::new(shown);
        let (once, kept) = (self.clone(), shown.clone());
        let keep = move |made: &T| once.keep(StatusCode::CREATED, &kept(made).1);
        let outcome = make(Box::new(keep)).await.map(|made| {
            let (tag, body) = shown(&made);
            (StatusCode::CREATED, tag, Json(body)).into_response()
        });
        self.settle(store, outcome).await
    }

    /// Looks the key up among those of `owner`. `fingerprint` tells one request from another; no
    /// secret may be in it.
    ///
    /// # Errors
    /// When the key was used for another request, or the store cannot be reached or fails.
    pub async fn look_up<W: Send + Sync>(
        store: &(impl Commit<W> + ?Sized),
        owner: Uuid,
        key: &IdempotencyKey,
        fingerprint: String,
        now: Timestamp,
    ) -> Result<Seen, Problem> {
        let once = Self::new(owner, key, fingerprint, now);
        let answer = once.answer(store).await?;
        Ok(answer.map_or(Seen::New(once), Seen::Before))
    }

    /// The answer to be kept, where a key was given.
    ///
    /// # Panics
    /// When `body` cannot be JSON: answers are structs with string keys, which can.
    #[must_use]
    pub fn keep<T: Serialize>(&self, status: StatusCode, body: &T) -> Option<KeptAnswer> {
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

    /// What to answer. Where the request came twice at once, one of them found that the other was
    /// done: with [`CommitError::Repeated`], or because what it would make is there. Then the other
    /// one's answer is the answer.
    ///
    /// # Errors
    /// The outcome's, where it is no such conflict; otherwise like [`Once::look_up`].
    pub async fn settle<W: Send + Sync>(
        &self,
        store: &(impl Commit<W> + ?Sized),
        outcome: Result<Response, Problem>,
    ) -> Result<Response, Problem> {
        match outcome {
            Err(problem) if problem.status == StatusCode::CONFLICT => {
                self.answer(store).await?.ok_or(problem)
            }
            outcome => outcome,
        }
    }

    async fn answer<W: Send + Sync>(
        &self,
        store: &(impl Commit<W> + ?Sized),
    ) -> Result<Option<Response>, Problem> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let kept = store.kept_answer(self.owner, key).await;
        match kept.map_err(problems::store)? {
            Some(kept) if kept.fingerprint != self.fingerprint => {
                Err(idempotency::used_for_another_request())
            }
            kept => kept.map(given_again).transpose(),
        }
    }
}

/// A status that cannot be read is not given as another one.
fn given_again(kept: KeptAnswer) -> Result<Response, Problem> {
    let status = StatusCode::from_u16(kept.status).map_err(|error| Problem::internal(&error))?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((status, kind, kept.body).into_response())
}
