//! The use cases: what this service can be asked to do.

use std::sync::Arc;

use skeleton_durable::clock::Clock;

use crate::ports::Store;

pub mod create_thing;
pub mod rename_thing;

/// What every use case works with.
#[derive(Clone)]
pub struct App {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}
