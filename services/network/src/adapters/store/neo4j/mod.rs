//! The store in Neo4j.
//!
//! | what | is |
//! |---|---|
//! | `(:Account)` | an account; without a `version` only its count and its circles are known |
//! | `(:Person)` | a person; without a `version` somebody spoke of it before it came. Carries the published band, the version of what is written on it, and its tags; `:Tagged` where it has any |
//! | `(:Circle)`, `(:Account)-[:MEMBER_OF]->(:Circle)` | a circle and who takes part |
//! | `(:Person)-[:INTERACTED]->(:Person or :Account)` | what happened between a pair |
//! | `(:Person)-[:MERGED_INTO]->(:Person)` | whom an old id means now |
//! | `(:Person)-[:NOTED]->(:Note)` | a note |
//! | `(:AppliedImport)` | an import that was said to be applied |
//!
//! Reads of Neo4j see what others commit meanwhile, statement by statement. So a change set first
//! writes the counts of its accounts, which locks them until the end: writers of one account come
//! one after another, and what a statement compares stays as it is.

use skeleton_durable::neo4j::{Settings, Store};

mod carried;
mod erase;
mod expect;
mod reads;
mod rows;
mod tables;
mod writes;

pub(crate) use carried::CARRIED;
pub(crate) use tables::TABLES;

skeleton_durable::migrations! {
    pub(crate) const MIGRATIONS = "network_migrations" on "neo4j";
}

/// Connects and migrates; any number of replicas may do so at once.
///
/// # Errors
/// When the database cannot be reached or migrated.
pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Store> {
    Store::open(settings, MIGRATIONS).await
}

/// How a pair is called among the interactions of an account: in the order of persons, the one with
/// the owner first.
fn pair_name(
    person: kith_shared::ids::PersonId,
    other: Option<kith_shared::ids::PersonId>,
) -> String {
    other.map_or_else(|| format!("{person}/"), |other| format!("{person}/{other}"))
}
