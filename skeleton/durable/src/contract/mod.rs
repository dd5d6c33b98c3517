//! The suites that every adapter of a port passes, embedded or not, concurrent writers included.
//!
//! An adapter's test makes a fresh store and calls [`ledger_suite`]; a bus's test makes a fresh bus
//! and calls [`bus::bus_suite`]. What a suite needs of a service is the smallest one there can be:
//! a ledger of versioned texts.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Cause, Envelope, Event,
    commit::{ChangeSet, Commit, CommitError},
    inbox::Inbox,
    leases::Leases,
    outbox::Outbox,
};

pub mod backup;
pub mod balance;
pub mod blobs;
pub mod bus;
pub mod child;
mod commit;
#[cfg(feature = "postgres")]
pub mod database;
mod inbox;
mod leases;
pub mod migrations;
#[cfg(feature = "neo4j")]
pub mod neo4j;
mod outbox;
#[cfg(feature = "postgres")]
#[allow(clippy::duplicate_mod)]
pub mod postgres;
pub mod proxy;
pub mod reconcile;
pub mod sqlite;

/// The one write of the suites: puts a text under a key, expecting a version (0: nothing there).
#[derive(Clone, Debug)]
pub struct Put {
    pub key: String,
    pub expected: i64,
    pub text: String,
}

/// What happened to a key, for the suites.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryChanged {
    pub key: String,
    pub version: i64,
    pub text: String,
}

impl Event for EntryChanged {
    const TYPE: &'static str = "ledger.entry-changed";
    fn subject(&self) -> String {
        self.key.clone()
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        None
    }
}

/// Whether a failed commit leaves nothing, or something that its repetition completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    Atomic,
    Idempotent,
}

/// A store under test.
#[async_trait]
pub trait Ledger: Commit<Put> + Outbox + Inbox + Leases {
    /// Version and text under a key.
    async fn try_read(&self, key: &str) -> Result<Option<(i64, String)>, CommitError>;
    /// The same from a store that is there.
    async fn read(&self, key: &str) -> Option<(i64, String)> {
        self.try_read(key).await.unwrap()
    }
    fn guarantee(&self) -> Guarantee {
        Guarantee::Atomic
    }
    /// Whether several relays may claim from it at once.
    fn many_relays(&self) -> bool {
        true
    }
}

/// Runs every suite over one store.
pub async fn ledger_suite(store: Arc<dyn Ledger>) {
    commit::suite(&store).await;
    outbox::suite(&store).await;
    inbox::suite(&store).await;
    leases::suite(&store).await;
}

/// A moment for all tests.
pub fn noon() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

/// An event about a key of its own.
pub fn event(key: &str, version: i64) -> Envelope {
    let entry = EntryChanged {
        key: key.to_owned(),
        version,
        text: format!("{key} v{version}"),
    };
    Envelope::seal(&entry, noon(), &Cause::default())
}

/// A change that puts `key` at `version` and tells of it.
pub fn put(key: &str, version: i64) -> ChangeSet<Put> {
    let text = format!("{key} v{version}");
    let entry = EntryChanged {
        key: key.to_owned(),
        version,
        text: text.clone(),
    };
    ChangeSet::new()
        .write(Put {
            key: key.to_owned(),
            expected: version - 1,
            text,
        })
        .event(&entry, noon(), &Cause::default())
}

/// A key that no other test uses.
pub fn unique(name: &str) -> String {
    format!("{name}-{}", Uuid::now_v7())
}

/// What [`eventually`] waits for: that something holds, or is there.
pub trait Awaited {
    type Value;
    fn come(self) -> Option<Self::Value>;
}

impl Awaited for bool {
    type Value = ();
    fn come(self) -> Option<()> {
        self.then_some(())
    }
}

impl<T> Awaited for Option<T> {
    type Value = T;
    fn come(self) -> Self {
        self
    }
}

/// Asks again and again, within bounds, until it has come about.
pub async fn eventually<A: Awaited>(what: &str, mut ask: impl AsyncFnMut() -> A) -> A::Value {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(value) = ask().await.come() {
            return value;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{what} did not come about"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Reads every row of a store in pages of `limit`: how many there are, and those that cannot be read.
pub async fn examine_all(
    store: &dyn crate::stored::Examine,
    limit: u32,
) -> (u64, Vec<crate::stored::Unreadable>) {
    let (mut rows, mut unreadable, mut after) = (0, Vec::new(), None);
    loop {
        let found = store.examine(after.as_ref(), limit).await.unwrap();
        assert!(found.rows <= u64::from(limit), "a page is bounded");
        rows += found.rows;
        unreadable.extend(found.unreadable);
        assert!(found.next.is_none() || found.next != after, "it goes on");
        after = found.next;
        if after.is_none() {
            return (rows, unreadable);
        }
    }
}

/// Empties the outbox and gives what was in it.
pub async fn drain(store: &Arc<dyn Ledger>) -> Vec<Envelope> {
    let mut all = Vec::new();
    loop {
        let events = store.claim(1000, Duration::from_secs(60)).await.unwrap();
        if events.is_empty() {
            return all;
        }
        store
            .sent(&events.iter().map(|event| event.id).collect::<Vec<_>>())
            .await
            .unwrap();
        all.extend(events);
    }
}
