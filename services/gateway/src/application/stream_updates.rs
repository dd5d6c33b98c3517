//! The live updates of an account, as they happen.

use std::time::Duration;

use futures::{Stream, stream};
use secrecy::SecretString;
use skeleton_durable::commit::CommitError;
use uuid::Uuid;

use super::{
    App,
    live::{Refused, Seat},
    sessions::SessionError,
};
use crate::{
    domain::{
        epoch::Epoch,
        updates::{Changed, Update},
    },
    ports::CheckError,
};

/// A sign of life; and the moment to see whether the session still lives.
pub const HEARTBEAT: Duration = Duration::from_secs(15);
/// Updates read at once.
const BATCH: usize = 100;

/// What a stream gives.
pub enum Event {
    /// The first of all.
    Hello {
        /// The newest update that counts as sent.
        sent: i64,
        /// Whether any before it were lost.
        missed: bool,
    },
    /// Something to fetch again.
    Update(Update),
    /// Nothing, said.
    SignOfLife,
}

/// Why no updates are streamed.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// There are too many streams.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] CommitError),
}

/// An open stream.
struct Listener {
    app: App,
    seat: Seat,
    token: Option<SecretString>,
    /// The newest update that was sent.
    sent: i64,
    hello: Option<Event>,
    /// With another one the stream ends, so that its client comes back and hears what it missed.
    epoch: Epoch,
    /// What became of people while nobody listened is not known.
    people: Option<Changed>,
    waiting: std::vec::IntoIter<Update>,
}

impl App {
    /// Updates of an account, beginning after `seen`, until its session has ended or the program
    /// does. The operator has no `token` to be asked about.
    ///
    /// # Errors
    /// See [`StreamError`].
    pub async fn stream_updates(
        &self,
        account: Uuid,
        token: Option<SecretString>,
        seen: Option<i64>,
    ) -> Result<impl Stream<Item = Event> + use<>, StreamError> {
        let seat = self.live.open(account)?;
        let (sent, missed) = self.store.kept(account).await?.begin(seen);
        let listener = Listener {
            app: self.clone(),
            seat,
            token,
            sent,
            epoch: self.epoch.get(),
            hello: Some(Event::Hello { sent, missed }),
            people: seen.map(|_| Changed::Several),
            waiting: Vec::new().into_iter(),
        };
        Ok(stream::unfold(listener, async |mut listener| {
            let event = listener.next().await?;
            Some((event, listener))
        }))
    }
}

impl Listener {
    /// The next event; none when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        if let Some(hello) = self.hello.take() {
            return Some(hello);
        }
        loop {
            if let Some(people) = self.people.take() {
                return Some(Event::Update(Update {
                    id: self.sent,
                    event: "person".to_owned(),
                    data: people.data(),
                }));
            }
            if let Some(update) = self.waiting.next() {
                self.sent = update.id;
                return Some(Event::Update(update));
            }
            let wake = self.seat.wake.clone();
            // Made before the store is read: what is committed after that wakes it.
            let woken = wake.notified();
            if self.app.epoch.get() != self.epoch {
                return None;
            }
            self.people = self.seat.people();
            if self.people.is_some() {
                continue;
            }
            let store = &self.app.store;
            match store.updates(self.seat.account, self.sent, BATCH).await {
                Ok(updates) if !updates.is_empty() => {
                    self.waiting = updates.into_iter();
                    continue;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "a stream of live updates ends");
                    return None;
                }
            }
            tokio::select! {
                () = woken => {}
                () = self.app.shutdown.requested() => return None,
                () = tokio::time::sleep(HEARTBEAT) => {
                    let alive = match &self.token {
                        Some(token) => self.app.sessions.reader(token).await,
                        None => return Some(Event::SignOfLife),
                    };
                    match alive {
                        Err(SessionError::Ended) => return None,
                        // The stream goes on: whoever is signed in has done nothing wrong.
                        Err(SessionError::Check(CheckError::Internal(error))) => tracing::error!(
                            error = format!("{error:#}"),
                            "the session of a stream could not be checked"
                        ),
                        Err(SessionError::Check(CheckError::Unavailable { .. })) | Ok(_) => {}
                    }
                    return Some(Event::SignOfLife);
                }
            }
        }
    }
}
