//! Creations under an idempotency key: the first answer is kept in the creation's own commit and
//! given again.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use skeleton_durable::commit::{Commit, CommitError, KeptAnswer};
use skeleton_host::{
    http::{IntoResponse, Response, StatusCode, header},
    idempotency::IdempotencyKey,
    problem::Problem,
};
use uuid::Uuid;

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
        let once = Self {
            owner,
            key: key.get().map(str::to_owned),
            fingerprint,
            now,
        };
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
        let kept = store.kept_answer(self.owner, key).await.map_err(problem)?;
        match kept {
            Some(kept) if kept.fingerprint != self.fingerprint => Err(Problem::field(
                "/idempotency-key",
                "expected a new key: this one was used for another request",
            )),
            kept => kept.map(given_again).transpose(),
        }
    }
}

fn problem(error: CommitError) -> Problem {
    match error {
        CommitError::Unavailable(_) => {
            tracing::warn!(%error, "request put off");
            Problem::unavailable(Duration::from_secs(1))
        }
        other => Problem::internal(&other),
    }
}

/// A status that cannot be read is not given as another one.
fn given_again(kept: KeptAnswer) -> Result<Response, Problem> {
    let status = StatusCode::from_u16(kept.status).map_err(|error| Problem::internal(&error))?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((status, kind, kept.body).into_response())
}
