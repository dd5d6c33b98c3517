//! What the service can do: one use case, one file.
//!
//! | query | answers |
//! |---|---|
//! | [`App::list_people`] | people as one types |
//! | [`App::list_organisations`] | organisations of people, with how many are there |
//!
//! | command | does |
//! |---|---|
//! | [`App::apply_events`] | takes over what the other services published |
//!
//! [`replay`] compares what is held with what others publish; this service publishes no state.

use std::sync::Arc;

use skeleton_durable::{clock::Clock, commit::CommitError, inbox::Inbox};

use crate::ports::{Index, IndexError, Store};

pub mod apply_events;
pub mod list_organisations;
pub mod list_people;
pub mod replay;

/// The service's use cases, and what they work with.
#[derive(Clone)]
pub struct App {
    pub index: Arc<dyn Index>,
    /// Their accounts and circles.
    pub store: Arc<dyn Store>,
    /// Says which events were handled, and how many of an import.
    pub inbox: Arc<dyn Inbox>,
    pub clock: Arc<dyn Clock>,
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The store refused.
    #[error(transparent)]
    Store(#[from] CommitError),
    /// The index refused.
    #[error(transparent)]
    Index(#[from] IndexError),
}
