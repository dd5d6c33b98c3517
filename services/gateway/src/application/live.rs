//! Live updates: what an account should fetch again, in order, kept for those who were away.
//!
//! The store is the stream: an open connection reads what came after the last update it sent, and
//! is only woken from here. So a slow reader costs no memory, and a replay is the same as a stream.
//! Of several replicas one writes an update; the others see in the store that there is news.
//!
//! Changes of people are not kept: every replica hears each of them and tells its own streams. Who
//! was away is told that several changed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kith_shared::events::ingest::PersonChanged;
use skeleton_durable::bus::{Tap, Tapped};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::updates::Changed,
    ports::{Store, Write},
};

/// Changes of people are told at most this often: an import changes thousands.
pub const PEOPLE_EVERY: Duration = Duration::from_millis(500);
/// How often the store is asked for what other replicas wrote.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// How far back it is asked: longer than a write takes to become visible. What took longer still is
/// found by the streams themselves, which look from time to time.
const LOOK_BACK: Duration = Duration::from_secs(30);

/// Bounds of live updates.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Streams that one account may hold open.
    pub streams_per_account: usize,
    /// Streams in all.
    pub streams: usize,
    /// Updates kept for an account that was away.
    pub kept: i64,
}

/// Open streams and who wakes them. Clones are the same.
#[derive(Clone)]
pub struct Live {
    store: Arc<dyn Store>,
    bounds: Bounds,
    open: Arc<Mutex<HashMap<Uuid, Account>>>,
}

struct Account {
    streams: usize,
    wake: Arc<Notify>,
    /// How often changes of people were told, and the last of them.
    people: (u64, Changed),
    /// The newest update that the streams were woken for by what the store said.
    newest: i64,
}

/// One stream too many.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The account has as many as it may.
    #[error("an account may hold {0} streams open")]
    Account(usize),
    /// All streams are taken.
    #[error("all streams are taken")]
    Full,
}

/// Permission to stream; given back when dropped.
pub struct Seat {
    live: Live,
    /// Whose.
    pub account: Uuid,
    /// Told when there is something new.
    pub wake: Arc<Notify>,
    /// How many changes of people were told to the stream.
    people: u64,
}

impl Seat {
    /// What became of people since this was last asked, or since the stream began.
    pub fn people(&mut self) -> Option<Changed> {
        let told = self.live.lock().get(&self.account)?.people;
        let missed = told.0.wrapping_sub(self.people);
        self.people = told.0;
        match missed {
            0 => None,
            1 => Some(told.1),
            _ => Some(Changed::Several),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.live.lock();
        if let Some(account) = open.get_mut(&self.account) {
            account.streams -= 1;
            if account.streams == 0 {
                open.remove(&self.account);
            }
        }
    }
}

impl Live {
    /// Nobody listens yet.
    pub fn new(store: Arc<dyn Store>, bounds: Bounds) -> Self {
        Self {
            store,
            bounds,
            open: Arc::default(),
        }
    }

    /// The write that tells an account something.
    #[must_use]
    pub fn telling(&self, account: Uuid, event: &'static str, changed: Changed) -> Write {
        Write::Live {
            account,
            event,
            data: changed.data(),
            kept: self.bounds.kept,
        }
    }

    /// Lets an account stream.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn open(&self, account: Uuid) -> Result<Seat, Refused> {
        let mut open = self.lock();
        if open.values().map(|account| account.streams).sum::<usize>() >= self.bounds.streams {
            return Err(Refused::Full);
        }
        let entry = open.entry(account).or_insert_with(|| Account {
            streams: 0,
            wake: Arc::new(Notify::new()),
            people: (0, Changed::Several),
            newest: 0,
        });
        if entry.streams >= self.bounds.streams_per_account {
            return Err(Refused::Account(self.bounds.streams_per_account));
        }
        entry.streams += 1;
        let (wake, people) = (entry.wake.clone(), entry.people.0);
        drop(open);
        Ok(Seat {
            live: self.clone(),
            account,
            wake,
            people,
        })
    }

    /// Wakes the streams of an account, after something was committed.
    pub fn wake(&self, account: Uuid) {
        if let Some(account) = self.lock().get(&account) {
            account.wake.notify_waiters();
        }
    }

    fn streaming(&self) -> Vec<Uuid> {
        self.lock().keys().copied().collect()
    }

    /// Wakes streams for what other replicas wrote, until `stop`. The news of a change may be heard
    /// before its update can be read, so the store itself is asked.
    pub async fn look_for_news(self, stop: CancellationToken) {
        let mut answers = true;
        while stop
            .run_until_cancelled(tokio::time::sleep(LOOK_EVERY))
            .await
            .is_some()
        {
            if self.streaming().is_empty() {
                continue;
            }
            match self.store.news(LOOK_BACK).await {
                Ok(news) => {
                    answers = true;
                    self.wake_for(&news);
                }
                Err(error) => {
                    if answers {
                        tracing::warn!(%error, "other replicas' updates come late");
                    }
                    answers = false;
                }
            }
        }
    }

    fn wake_for(&self, news: &[(Uuid, i64)]) {
        let mut open = self.lock();
        for (account, newest) in news {
            if let Some(account) = open.get_mut(account)
                && account.newest < *newest
            {
                account.newest = *newest;
                account.wake.notify_waiters();
            }
        }
    }

    /// Tells streams of changed people until `stop`: gathers them, and tells each account at most
    /// every [`PEOPLE_EVERY`]. What was missed is told as "several".
    pub async fn tell_of_people(self, mut tap: Tap, stop: CancellationToken) {
        loop {
            let first = tokio::select! {
                () = stop.cancelled() => return,
                tapped = tap.next() => tapped,
            };
            let Some(first) = first else { return };
            let mut gathered = BTreeMap::new();
            self.gather(&mut gathered, &first);
            let pause = tokio::time::sleep(PEOPLE_EVERY);
            tokio::pin!(pause);
            if !gathered.is_empty() {
                loop {
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = &mut pause => break,
                        tapped = tap.next() => match tapped {
                            Some(tapped) => self.gather(&mut gathered, &tapped),
                            None => break,
                        },
                    }
                }
            }
            self.tell(&gathered);
        }
    }

    fn gather(&self, gathered: &mut BTreeMap<Uuid, Changed>, tapped: &Tapped) {
        match tapped {
            Tapped::Missed => {
                let streaming = self.streaming().into_iter();
                gathered.extend(streaming.map(|id| (id, Changed::Several)));
            }
            Tapped::Event(event) if event.is::<PersonChanged>() => {
                let Some(account) = event.account else { return };
                let person = event.subject.parse().map_or(Changed::Several, Changed::One);
                gathered
                    .entry(account)
                    .and_modify(|before| *before = before.and(person))
                    .or_insert(person);
            }
            Tapped::Event(_) => {}
        }
    }

    fn tell(&self, gathered: &BTreeMap<Uuid, Changed>) {
        let mut open = self.lock();
        for (account, changed) in gathered {
            if let Some(account) = open.get_mut(account) {
                account.people = (account.people.0.wrapping_add(1), *changed);
                account.wake.notify_waiters();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Account>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
