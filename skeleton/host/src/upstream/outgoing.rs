//! A request's body on its way out, whole as long as nobody has begun to send it.

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures::StreamExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A body that is only taken when its first byte is wanted, so that an attempt which never got a
/// connection leaves it whole for the next.
pub(super) struct Outgoing {
    empty: bool,
    body: Arc<Mutex<Option<Body>>>,
    moved: Arc<Mutex<Instant>>,
}

impl Outgoing {
    pub(super) fn new(body: Body) -> Self {
        Self {
            empty: body.is_end_stream(),
            body: Arc::new(Mutex::new(Some(body))),
            moved: Arc::new(Mutex::new(Instant::now())),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }

    pub(super) fn is_untouched(&self) -> bool {
        self.empty || lock(&self.body).is_some()
    }

    /// For one attempt.
    pub(super) fn body(&self) -> reqwest::Body {
        *lock(&self.moved) = Instant::now();
        if self.empty {
            return reqwest::Body::from(Bytes::new());
        }
        let (slot, moved) = (self.body.clone(), self.moved.clone());
        let frames = futures::stream::once(async move {
            let body = lock(&slot).take();
            body.unwrap_or_default().into_data_stream()
        });
        let frames = frames.flatten();
        reqwest::Body::wrap_stream(frames.inspect(move |_| *lock(&moved) = Instant::now()))
    }

    /// Completes when an attempt has begun and nothing has moved for so long.
    pub(super) async fn stands_still(&self, for_so_long: Duration) {
        loop {
            let still = lock(&self.moved).elapsed();
            let Some(rest) = for_so_long.checked_sub(still) else {
                return;
            };
            tokio::time::sleep(rest).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
