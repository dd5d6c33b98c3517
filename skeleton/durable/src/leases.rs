//! The lease port: of several replicas, one does the work. Time is the store's.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use crate::commit::CommitError;

/// What lasts longer than it can, by this much, was written while a clock was ahead: a lease, a claim, an
/// event that is put off. It holds nobody up.
pub const AHEAD: Duration = Duration::from_secs(3600);

/// Named leases in the store.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Takes or prolongs the lease `name` for `holder`; true if `holder` has it until `ttl` from
    /// now, by the store's clock.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn acquire(&self, name: &str, holder: Uuid, ttl: Duration) -> Result<bool, CommitError>;

    /// Gives the lease up, if `holder` has it.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    async fn release(&self, name: &str, holder: Uuid) -> Result<(), CommitError>;
}
