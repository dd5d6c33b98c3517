//! Backups: what every service carries away, in one archive, and back into empty stores.
//!
//! | module | does |
//! |---|---|
//! | [`make`] | asks the services for their lines and writes the archive |
//! | [`check`] | reads an archive to its end and holds it against its manifest |
//! | [`fill`] | makes a data folder out of an archive |
//! | [`rebuild`] | has the services tell each other what is not carried, until they agree |
//! | [`place`] | what a command line says of places and keys |
//! | [`keep`] | makes them by itself when they are due, thins them, tries one |
//! | [`schedule`] | what an operator says of that |
//! | [`task`] | what it came to, and when the operator is told |
//! | [`thin`] | which archives are kept, by their age |
//! | [`drill`] | restores one on trial |
//!
//! # What is in the archive
//!
//! Entries `<service>/<number>.lines` in the order of their numbers, each with lines that can be read
//! by themselves (`skeleton_durable::backup` says what they mean), and in the manifest an [`About`].
//! Services that are missing hold nothing but what the others tell them.
//!
//! # Of which moment
//!
//! Events are held back in every outbox, and those that a relay has in hand are waited for, while each
//! service opens its snapshot; commits go on. So whatever a service was told by then is in the snapshot
//! of the one that told it. What it was not told yet waits in an outbox or an inbox that goes along. In a
//! deployment some of it may be in the broker in that moment: states (of accounts, circles, people,
//! ties, marks) are told again after the restore; an import that was under way may have to be brought
//! in once more.

pub mod check;
mod cut;
pub mod drill;
pub mod fill;
pub mod keep;
pub mod make;
pub mod place;
pub mod rebuild;
pub mod schedule;
pub mod task;
pub mod thin;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use skeleton_archive::ArchiveError;
use skeleton_durable::backup::lines::{Origin, Tally};

use crate::failure::Failure;

/// What names of archives begin with.
pub const NAMES: &str = "kith-";

/// What an archive says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The version of the program that wrote it.
    pub program: String,
    /// The moment that it shows.
    pub taken_at: Timestamp,
    /// What each service carried away.
    pub services: BTreeMap<String, Carried>,
    /// What the stores are worthless without, by name.
    pub secrets: BTreeMap<String, String>,
}

/// What a service carried away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Where it comes from.
    pub origin: Origin,
    /// Length of its lines, in bytes.
    pub bytes: u64,
    /// What each table holds; pieces of uploads are under `blob`.
    pub tables: BTreeMap<String, Held>,
}

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Rows.
    pub rows: u64,
    /// Over all of them, whatever their order.
    pub digest: String,
}

impl Carried {
    /// What a whole stream held.
    fn of(tally: &Tally, bytes: u64) -> Option<Self> {
        tally.end?;
        Some(Self {
            origin: tally.from.clone()?,
            bytes,
            tables: held(tally),
        })
    }
}

fn held(tally: &Tally) -> BTreeMap<String, Held> {
    let tables = tally.sums.iter().map(|(name, sum)| {
        let held = Held {
            rows: sum.rows,
            digest: sum.digest(),
        };
        (name.clone(), held)
    });
    tables.collect()
}

impl About {
    /// All rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let services = self.services.values();
        services
            .flat_map(|service| service.tables.values())
            .map(|held| held.rows)
            .sum()
    }

    /// The length of all lines, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.services.values().map(|service| service.bytes).sum()
    }

    /// The first table that holds something else than `found` does.
    #[must_use]
    pub fn difference(&self, service: &str, found: &BTreeMap<String, Held>) -> Option<String> {
        let told = &self.services.get(service)?.tables;
        let names = told.keys().chain(found.keys());
        // A table without rows is as good as none.
        let of = |tables: &BTreeMap<String, Held>, name: &String| {
            tables.get(name).filter(|held| held.rows > 0).cloned()
        };
        names.into_iter().find_map(|name| {
            let (told, found) = (of(told, name), of(found, name));
            let rows = |held: &Option<Held>| held.as_ref().map_or(0, |held| held.rows);
            (told != found).then(|| {
                format!(
                    "{service} {name}: {} rows were carried away and {} are there{}",
                    rows(&told),
                    rows(&found),
                    if rows(&told) == rows(&found) {
                        ", with another content"
                    } else {
                        ""
                    }
                )
            })
        })
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        let text = error.to_string();
        match error {
            ArchiveError::Missing(_) => Self::NotFound(text),
            ArchiveError::BadKey(_) => Self::Usage(text),
            _ => Self::Failed(text),
        }
    }
}
