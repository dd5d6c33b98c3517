//! What the service can do: one use case, one file.
//!
//! | query | answers |
//! |---|---|
//! | [`App::find_paths`] | who can introduce me to whom |
//! | [`App::list_ties`] | whom somebody is tied to |
//! | [`App::show_neighbourhood`] | a picture of the people around somebody |
//! | [`App::get_annotations`] | the tags and notes on a person |
//!
//! | command | does |
//! |---|---|
//! | [`App::add_tag`], [`App::remove_tag`] | puts a tag on a person, takes it off |
//! | [`App::add_note`], [`App::remove_note`] | writes a note on a person, removes it |
//! | [`App::apply_events`] | takes over what the other services published |
//!
//! [`replay`] publishes the current state again and compares holdings. What several use cases need:
//!
//! | module | is |
//! |---|---|
//! | [`graphs`], [`graph_build`], [`graph_delta`] | the graphs that searches run on, one a scope, bounded by memory |
//! | [`check`] | nothing leaves before the store agreed: consent at once |
//! | [`people`] | who may see a person, and under what name |
//! | [`merges`] | whom an old id means now |
//! | [`annotations`] | what the use cases of tags and notes have in common |

pub mod add_note;
pub mod add_tag;
pub mod annotations;
pub mod apply_events;
pub mod check;
pub mod find_paths;
pub mod get_annotations;
pub mod graph_build;
pub mod graph_delta;
pub mod graphs;
pub mod list_ties;
pub mod merges;
pub mod people;
pub mod remove_note;
pub mod remove_tag;
pub mod replay;
pub mod show_neighbourhood;

use std::{collections::BTreeMap, sync::Arc};

use kith_shared::ids::AccountId;
use skeleton_durable::{clock::Clock, commit::CommitError, inbox::Inbox};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    domain::scope::Scope,
    ports::{Standing, Store},
};

/// The service's use cases, and what they work with.
#[derive(Clone)]
pub struct App {
    /// The service's own state.
    pub store: Arc<dyn Store>,
    /// Says how many events of an import were handled or parked.
    pub inbox: Arc<dyn Inbox>,
    pub clock: Arc<dyn Clock>,
    /// Ids for what is new; they rise with time.
    pub new_id: fn() -> Uuid,
    /// The graphs in memory.
    pub graphs: Arc<graphs::Graphs>,
    /// How many searches may run at once.
    pub searches: Arc<Semaphore>,
}

/// What a viewer sees as of a moment.
#[derive(Clone, Debug)]
pub struct Seen {
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
