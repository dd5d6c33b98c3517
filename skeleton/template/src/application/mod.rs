//! The use cases: what this service can be asked to do.
//!
//! | | asks or does |
//! |---|---|
//! | command | `create_thing`, `rename_thing` |
//! | query | `thing`, `things`, `activity`: asked of the store |
//! | event | `count_changes` |

use std::sync::Arc;

use skeleton_durable::clock::Clock;
use uuid::Uuid;

use crate::ports::Store;

pub mod count_changes;
pub mod create_thing;
pub mod rename_thing;

/// What every use case works with.
#[derive(Clone)]
pub struct App {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    /// Ids for what is new; they rise with time.
    pub new_id: fn() -> Uuid,
}
