//! A request's body on its way out, whole as long as nobody has begun to send it.

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures::StreamExt;
use std::sync::{Arc, Mutex, PoisonError};

/// A body that is only taken when its first byte is wanted, so that an attempt which never got a
/// connection leaves it whole for the next.
pub(super) struct Outgoing {
    empty: bool,
    body: Arc<Mutex<Option<Body>>>,
}

impl Outgoing {
    pub(super) fn new(body: Body) -> Self {
        Self {
            empty: body.is_end_stream(),
            body: Arc::new(Mutex::new(Some(body))),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }

    pub(super) fn is_untouched(&self) -> bool {
        self.empty
            || self
                .body
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_some()
    }

    pub(super) fn body(&self) -> reqwest::Body {
        if self.empty {
            return reqwest::Body::from(Bytes::new());
        }
        let slot = self.body.clone();
        let frames = futures::stream::once(async move {
            let body = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            body.unwrap_or_default().into_data_stream()
        });
        reqwest::Body::wrap_stream(frames.flatten())
    }
}
