//! How often one may ask: buckets that fill up again, one an account and one an address.
//!
//! Every replica counts in buckets of its own, so that a request costs no question to the store.
//! Where several replicas share the limits, each tells the store what it gave out, in pieces of a
//! 64th of a bucket, and hears how full the bucket is with what the others gave out. Together they
//! give out too much by a piece each and what passes between two tellings. Sign-ins are few and
//! strict: each takes from the store's bucket itself.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use skeleton_durable::commit::{ChangeSet, CommitError};
use skeleton_host::http::network_of;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::buckets::Buckets;
use crate::ports::{Store, Write};

mod buckets;

/// Limits are so many a minute; as many may come at once.
pub const WINDOW: Duration = Duration::from_secs(60);
/// How often replicas tell each other what they gave out.
pub const SHARE_EVERY: Duration = Duration::from_millis(500);
/// How often buckets that are full again are thrown away.
const CLEAN_EVERY: Duration = Duration::from_secs(60);

/// How often one may ask.
#[derive(Clone, Copy, Debug)]
pub struct Quotas {
    /// Requests of one account, each minute; as many may come at once.
    pub account_per_minute: u32,
    /// Requests from one address (IPv6: one /64), each minute.
    pub address_per_minute: u32,
    /// Sign-ups and sign-ins from one address, each minute.
    pub sign_ins_per_minute: u32,
}

/// What is left.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Which limit.
    pub name: &'static str,
    /// So many a minute.
    pub quota: u32,
    /// So many now.
    pub left: u32,
}

/// Nothing is left.
#[derive(Clone, Copy, Debug)]
pub struct Exceeded {
    /// Which limit.
    pub name: &'static str,
    /// So many a minute.
    pub quota: u32,
    /// When there is something again.
    pub wait: Duration,
}

/// All limits.
pub struct Limits {
    accounts: Buckets<Uuid>,
    addresses: Buckets<IpAddr>,
    sign_ins: Buckets<IpAddr>,
    shared: Option<Arc<dyn Store>>,
}

impl Limits {
    /// Full buckets; shared with whoever has the same store, if one is given.
    pub fn new(quotas: &Quotas, shared: Option<Arc<dyn Store>>) -> Self {
        let nowhere = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        let is_shared = shared.is_some();
        let (accounts, addresses) = (quotas.account_per_minute, quotas.address_per_minute);
        Self {
            accounts: Buckets::new("account", accounts, Uuid::nil(), is_shared),
            addresses: Buckets::new("address", addresses, nowhere, is_shared),
            // What is taken from the store's own bucket is not told again.
            sign_ins: Buckets::new("sign-in", quotas.sign_ins_per_minute, nowhere, false),
            shared,
        }
    }

    /// A request of an account.
    ///
    /// # Errors
    /// When it asked too often.
    pub fn account(&self, account: Uuid) -> Result<Allowance, Exceeded> {
        self.accounts.take(account, Instant::now())
    }

    /// A request from an address.
    ///
    /// # Errors
    /// When too many came from there.
    pub fn address(&self, address: IpAddr) -> Result<Allowance, Exceeded> {
        self.addresses.take(network_of(address), Instant::now())
    }

    /// A sign-up or sign-in from an address. While the store does not answer, each replica counts
    /// by itself.
    ///
    /// # Errors
    /// When too many came from there, at all replicas together.
    pub async fn sign_in(&self, address: IpAddr) -> Result<Allowance, Exceeded> {
        let network = network_of(address);
        let here = self.sign_ins.take(network, Instant::now())?;
        let Some(store) = &self.shared else {
            return Ok(here);
        };
        match self.take_shared(&**store, network).await {
            Ok(Some(wait)) => Err(Exceeded {
                name: here.name,
                quota: here.quota,
                wait,
            }),
            Ok(None) => Ok(here),
            Err(error) => {
                tracing::warn!(%error, "sign-ins are counted by this replica alone");
                Ok(here)
            }
        }
    }

    /// Takes one from the store's bucket; gives how long to wait where there is none.
    async fn take_shared(
        &self,
        store: &dyn Store,
        network: IpAddr,
    ) -> Result<Option<Duration>, CommitError> {
        let (bucket, cost) = (self.sign_ins.name_of(&network), self.sign_ins.cost());
        let holds = self.sign_ins.holds();
        let take = Write::Take {
            bucket: bucket.clone(),
            cost,
            holds,
        };
        match store.commit(ChangeSet::new().write(take)).await {
            Ok(()) => Ok(None),
            Err(CommitError::Conflict(_)) => {
                let found = store.buckets(&[bucket]).await?;
                let full_in = found.first().map_or(Duration::ZERO, |found| found.full_in);
                Ok(Some((full_in + cost).saturating_sub(holds)))
            }
            Err(error) => Err(error),
        }
    }

    /// Keeps the buckets tidy, and tells other replicas, until `stop`.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        let mut cleaned = Instant::now();
        let pause = self.shared.as_ref().map_or(CLEAN_EVERY, |_| SHARE_EVERY);
        let mut is_telling = true;
        while stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_some()
        {
            if let Some(store) = &self.shared {
                let outcome = self.share(&**store).await;
                if let (Err(error), true) = (&outcome, is_telling) {
                    tracing::warn!(%error, "limits are not shared for now");
                }
                is_telling = outcome.is_ok();
            }
            if cleaned.elapsed() >= CLEAN_EVERY {
                cleaned = Instant::now();
                self.clean().await;
            }
        }
    }

    /// Tells the store what was given out, and hears what others gave out.
    ///
    /// # Errors
    /// When the store cannot be reached or fails; it is told next time.
    pub async fn share(&self, store: &dyn Store) -> Result<(), CommitError> {
        self.accounts.share(store).await?;
        self.addresses.share(store).await
    }

    async fn clean(&self) {
        let now = Instant::now();
        self.accounts.clean(now);
        self.addresses.clean(now);
        self.sign_ins.clean(now);
        if let Some(store) = &self.shared
            && let Err(error) = store
                .commit(ChangeSet::new().write(Write::DropFullBuckets))
                .await
        {
            tracing::warn!(%error, "full buckets were not dropped");
        }
    }
}
