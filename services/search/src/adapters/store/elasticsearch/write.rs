//! Taking changes in and erasing.
//!
//! Every document is read, grown by the domain's rule, and written only if nobody else wrote it
//! meanwhile; otherwise again from its new state. So the newest of every part wins, whoever writes
//! at the same time.
//!
//! Everything is written to each index that takes writes. Which those are is asked before and
//! after: an index that was made in between is written to as well before the write counts as
//! done. So whoever fills a new index from an older one finds there what it was not given itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use kith_shared::ids::{AccountId, PersonId};
use serde::Deserialize;

use super::{
    Inner,
    bulk::{self, AT_ONCE, Write, fetch},
    client::Failure,
    indices::{Target, refresh, targets},
    shape,
};
use crate::domain::document::{Change, Document, Part};

/// How often a document is read again because others write it too. Of several writers one gets
/// through each time.
const ROUNDS: u32 = 60;
/// How often indices may come and go during one write.
const MOVES: usize = 10;
/// Most documents that one request erases.
const ERASED_AT_ONCE: u32 = 10_000;

/// All changes of a batch, by person.
pub(super) type Growth = BTreeMap<PersonId, (AccountId, Vec<Part>)>;

/// Changes by person.
pub(super) fn by_person(changes: impl IntoIterator<Item = Change>) -> Growth {
    let mut growth = Growth::new();
    for change in changes {
        let (_, parts) = growth
            .entry(change.id)
            .or_insert_with(|| (change.account, Vec::new()));
        parts.push(change.part);
    }
    growth
}

/// What is done to every index that takes writes.
enum Work<'a> {
    Grow(&'a Growth),
    Erase(&'a [AccountId]),
}

impl Inner {
    /// Takes changes in, visible when it returns.
    pub(super) async fn apply(&self, changes: Vec<Change>) -> Result<(), Failure> {
        let growth = by_person(changes);
        if growth.is_empty() {
            return Ok(());
        }
        self.everywhere(Work::Grow(&growth)).await
    }

    /// Removes everything of these accounts.
    pub(super) async fn erase(&self, accounts: &[AccountId]) -> Result<(), Failure> {
        self.everywhere(Work::Erase(accounts)).await
    }

    /// Does it to each index that takes writes, until there is none to which it was not done. From
    /// the oldest on: `rebuild` relies on it.
    async fn everywhere(&self, work: Work<'_>) -> Result<(), Failure> {
        let mut done = BTreeSet::new();
        for _ in 0..MOVES {
            let all = targets(&self.client, &self.names).await?;
            let open: Vec<_> = all.into_iter().filter(|it| !done.contains(it)).collect();
            if open.is_empty() {
                return Ok(());
            }
            for target in open {
                match self.carry_out(&work, &target).await {
                    Ok(()) => {
                        done.insert(target);
                    }
                    // It was retired meanwhile; another has taken its place.
                    Err(failure) if failure.is_missing() => break,
                    Err(failure) => return Err(failure),
                }
            }
        }
        let why = "indices come and go too fast".to_owned();
        Err(Failure::Unavailable(why))
    }

    async fn carry_out(&self, work: &Work<'_>, target: &Target) -> Result<(), Failure> {
        match work {
            Work::Grow(growth) => {
                self.grow(target, growth).await?;
                // Also where nothing was new: it may have been written a moment ago, unseen yet.
                refresh(&self.client, &target.alias).await
            }
            Work::Erase(accounts) => {
                // Only what can be seen can be erased.
                refresh(&self.client, &target.alias).await?;
                for account in *accounts {
                    self.erase_from(target, *account).await?;
                }
                Ok(())
            }
        }
    }

    /// Makes documents of one index grow, without making it visible.
    pub(super) async fn grow(&self, target: &Target, growth: &Growth) -> Result<(), Failure> {
        let ids: Vec<PersonId> = growth.keys().copied().collect();
        for ids in ids.chunks(AT_ONCE) {
            let mut open = ids.to_vec();
            for round in 0..ROUNDS {
                let held = fetch(&self.client, &target.alias, open.iter().copied()).await?;
                let writes = open
                    .iter()
                    .filter_map(|id| {
                        let (account, parts) = growth.get(id)?;
                        let (mut document, on) = match held.get(id) {
                            Some(held) => (held.document.clone(), Some(held.place)),
                            None => (Document::placeholder(*id, *account), None),
                        };
                        let mut grown = false;
                        for part in parts {
                            grown |= document.absorb(part.clone());
                        }
                        grown.then(|| self.put(&document, on))
                    })
                    .collect();
                open = bulk::write(&self.client, &target.alias, writes).await?;
                if open.is_empty() {
                    break;
                }
                pause(round).await;
            }
            if !open.is_empty() {
                let why = format!("{} documents are written by too many", open.len());
                return Err(Failure::Unavailable(why));
            }
        }
        Ok(())
    }

    pub(super) fn put(&self, document: &Document, on: Option<bulk::Place>) -> Write {
        Write::Put {
            id: document.id,
            fields: shape::fields(document, self.shape.generation),
            on,
        }
    }

    async fn erase_from(&self, target: &Target, account: AccountId) -> Result<(), Failure> {
        #[derive(Deserialize)]
        struct Erased {
            total: u64,
            version_conflicts: u64,
        }
        let path = format!(
            "{}/_delete_by_query?conflicts=proceed&refresh=true&max_docs={ERASED_AT_ONCE}",
            target.alias
        );
        let wanted = shape::owned_by(account).to_string();
        let mut conflicts_in_a_row = 0;
        loop {
            let erased: Erased = self.client.post(&path, wanted.clone()).await?;
            if erased.total == 0 {
                return Ok(());
            }
            // What was written meanwhile is erased in the next round.
            conflicts_in_a_row = match erased.version_conflicts {
                0 => 0,
                _ => conflicts_in_a_row + 1,
            };
            if conflicts_in_a_row > ROUNDS {
                let why = "an account is erased while it is written".to_owned();
                return Err(Failure::Unavailable(why));
            }
        }
    }
}

/// Waits longer from round to round, and not all alike.
async fn pause(round: u32) {
    let most_ms = 5_u64 << round.min(5);
    let pause_ms = rand::random_range(1..=most_ms);
    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
}
