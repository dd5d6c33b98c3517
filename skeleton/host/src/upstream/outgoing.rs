//! A request's body on its way out, whole as long as nobody has begun to send it.

use crate::http::Body;
use bytes::Bytes;
use futures::future::{Fuse, FutureExt, LocalBoxFuture};
use futures::{Stream, StreamExt};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// A body that is only taken when its first byte is wanted, so that an attempt which never got a
/// connection leaves it whole for the next.
pub(super) struct Outgoing {
    is_empty: bool,
    body: Rc<RefCell<Option<Body>>>,
    moved: Arc<Mutex<Instant>>,
}

/// Moves a body from the thread on which it came to the connection on which it goes out. To be
/// polled for as long as the exchange lasts.
pub(super) type Pump = Fuse<LocalBoxFuture<'static, ()>>;

impl Outgoing {
    pub(super) fn new(body: Body) -> Self {
        Self {
            is_empty: body.is_empty(),
            body: Rc::new(RefCell::new(Some(body))),
            moved: Arc::new(Mutex::new(Instant::now())),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }

    pub(super) fn is_untouched(&self) -> bool {
        self.is_empty || self.body.borrow().is_some()
    }

    /// For one attempt.
    pub(super) fn body(&self) -> (reqwest::Body, Pump) {
        *lock(&self.moved) = Instant::now();
        if self.is_empty {
            return (reqwest::Body::from(Bytes::new()), Fuse::terminated());
        }
        let (want, wanted) = oneshot::channel();
        let (give, given) = mpsc::channel(1);
        let slot = self.body.clone();
        let pump = async move {
            // Not wanted where the attempt is given up before.
            if wanted.await.is_err() {
                return;
            }
            let Some(body) = slot.take() else { return };
            let mut chunks = body.into_data_stream();
            while let Some(chunk) = chunks.next().await {
                if give.send(chunk.map_err(io::Error::other)).await.is_err() {
                    return;
                }
            }
        };
        let body = reqwest::Body::wrap_stream(chunks(want, given, self.moved.clone()));
        (body, pump.boxed_local().fuse())
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

fn chunks(
    want: oneshot::Sender<()>,
    given: mpsc::Receiver<io::Result<Bytes>>,
    moved: Arc<Mutex<Instant>>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    futures::stream::unfold(
        (Some(want), given, moved),
        async |(want, mut given, moved)| {
            if let Some(want) = want {
                // Whoever gives may be gone; then nothing comes.
                let _ = want.send(());
            }
            let chunk = given.recv().await?;
            *lock(&moved) = Instant::now();
            Some((chunk, (None, given, moved)))
        },
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
