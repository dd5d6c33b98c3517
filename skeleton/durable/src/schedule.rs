//! Periodic work under a lease: of several replicas one does it, and another takes over when that
//! one dies.

use std::{future::Future, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{clock::Clock, leases::Leases};

/// Runs `work` every `period` as long as this replica holds the lease `name`, until `stop`.
///
/// Failures are logged and tried again in the next period; the lease runs out after three missed
/// periods.
pub async fn every<F, Fut>(
    name: &'static str,
    period: Duration,
    leases: Arc<dyn Leases>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    mut work: F,
) where
    F: FnMut() -> Fut + Send,
    Fut: Future<Output = anyhow::Result<()>> + Send,
{
    let holder = Uuid::now_v7();
    while !stop.is_cancelled() {
        match leases.acquire(name, holder, period * 3).await {
            Ok(true) => {
                if let Err(error) = work().await {
                    tracing::warn!(
                        schedule = name,
                        error = format!("{error:#}"),
                        "to be tried again"
                    );
                }
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(schedule = name, %error, "lease not available"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = clock.sleep(period) => {}
        }
    }
    if let Err(error) = leases.release(name, holder).await {
        tracing::debug!(schedule = name, %error, "lease not given back, it will run out");
    }
}
