//! The lease port: of several replicas, one does the work. Time is the store's.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use crate::commit::CommitError;

/// A lease that lasts longer than it was taken for, and this, was taken while the store's clock was ahead:
/// it holds nobody up.
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
