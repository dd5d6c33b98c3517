//! What this service can be asked.

use std::sync::Arc;

use skeleton_durable::commit::CommitError;

use crate::ports::{Index, IndexError, Store};

pub mod list_organisations;
pub mod list_people;

/// What every use case works with.
#[derive(Clone)]
pub struct App {
    /// The index.
    pub index: Arc<dyn Index>,
    /// The projection.
    pub store: Arc<dyn Store>,
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
