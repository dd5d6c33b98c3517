//! What the service can do: one use case, one file.
//!
//! | module | does |
//! |---|---|
//! | [`apply_events`] | takes over what the other services published |
//! | [`find_paths`] | who can introduce me to whom |
//! | [`list_ties`] | whom somebody is tied to |
//! | [`show_neighbourhood`] | a picture of the people around somebody |
//! | [`annotate`] | tags and notes |
//! | [`graphs`] | the graphs that searches run on, one a scope, bounded by memory |
//! | [`check`] | nothing leaves before the store agreed: consent at once |
//! | [`announce`] | tells again what was published |
//! | [`holdings`] | what the store holds, as digests |
//! | [`people`] | who may see a person, and under what name |

pub mod annotate;
pub mod announce;
pub mod apply_events;
pub mod check;
pub mod find_paths;
pub mod graph_build;
pub mod graph_delta;
pub mod graphs;
pub mod holdings;
pub mod list_ties;
pub mod people;
pub mod show_neighbourhood;

use std::{collections::BTreeMap, sync::Arc};

use kith_shared::ids::AccountId;
use skeleton_durable::{clock::Clock, commit::CommitError};
use tokio::sync::Semaphore;

use crate::{
    domain::scope::Scope,
    ports::{Standing, Store},
};

/// What every use case works with.
#[derive(Clone)]
pub struct App {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The graphs in memory.
    pub graphs: Arc<graphs::Graphs>,
    /// How many searches may run at once.
    pub searches: Arc<Semaphore>,
}

/// What a viewer sees as of a moment.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The policy.
    pub scope: Scope,
    /// How the accounts of the scope stood, erased ones left out; read before anything of theirs.
    pub standings: BTreeMap<AccountId, Standing>,
}

/// The scope of `viewer` as the store has it now.
pub(crate) async fn scope_of(store: &dyn Store, viewer: AccountId) -> Result<Seen, CommitError> {
    let circles = store.circles_of(viewer).await?;
    let mut accounts: Vec<AccountId> = circles
        .iter()
        .flat_map(|c| &c.members)
        .map(|m| m.account_id)
        .chain([viewer])
        .collect();
    accounts.sort_unstable();
    accounts.dedup();
    let mut standings = store.standings(&accounts).await?;
    let erased = standings
        .iter()
        .filter(|(_, standing)| standing.erased)
        .map(|(account, _)| *account)
        .collect();
    let scope = Scope::of(viewer, circles, &erased);
    standings.retain(|account, _| scope.accounts().binary_search(account).is_ok());
    Ok(Seen { scope, standings })
}
