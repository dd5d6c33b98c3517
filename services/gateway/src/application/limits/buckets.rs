//! Buckets of one kind: a bucket is known by when it will be full again.

use std::{
    collections::HashMap,
    fmt::Display,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use skeleton_durable::commit::{ChangeSet, CommitError};

use super::{Allowance, Exceeded, WINDOW};
use crate::ports::{Store, Write};

/// Buckets of one kind that are kept at most; then strangers share one.
const BUCKETS: usize = 100_000;
/// What was given out is told in pieces of this part of a bucket.
const PIECES: u32 = 64;
/// Buckets told of at once; the others are told of next time.
const TOLD: usize = 2_000;

/// The buckets of one limit, by whose they are.
pub(super) struct Buckets<K> {
    name: &'static str,
    quota: u32,
    /// Whose bucket strangers share.
    strangers: K,
    is_shared: bool,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    full_at: Instant,
    /// Given out, and not told to the store.
    untold: u32,
}

impl<K: Hash + Eq + Clone + Display> Buckets<K> {
    pub(super) fn new(name: &'static str, quota: u32, strangers: K, is_shared: bool) -> Self {
        Self {
            name,
            quota: quota.max(1),
            strangers,
            is_shared,
            buckets: Mutex::default(),
        }
    }

    /// How long a bucket takes to fill up by one.
    pub(super) fn cost(&self) -> Duration {
        WINDOW / self.quota
    }

    /// How long an empty bucket takes to be full.
    pub(super) fn holds(&self) -> Duration {
        self.cost() * self.quota
    }

    /// What the bucket is called in the store.
    pub(super) fn name_of(&self, key: &K) -> String {
        format!("{} {key}", self.name)
    }

    /// Takes one, if there is one.
    pub(super) fn take(&self, key: K, now: Instant) -> Result<Allowance, Exceeded> {
        let (name, quota) = (self.name, self.quota);
        let mut buckets = self.lock();
        let key = if buckets.len() < BUCKETS || buckets.contains_key(&key) {
            key
        } else {
            self.strangers.clone()
        };
        let bucket = buckets.entry(key).or_insert(Bucket {
            full_at: now,
            untold: 0,
        });
        let full_at = bucket.full_at.max(now) + self.cost();
        let full_in = full_at.duration_since(now);
        match self.holds().checked_sub(full_in) {
            Some(left) => {
                bucket.full_at = full_at;
                bucket.untold = bucket.untold.saturating_add(u32::from(self.is_shared));
                let left = left.as_nanos() / self.cost().as_nanos();
                let left = u32::try_from(left).unwrap_or(u32::MAX);
                Ok(Allowance { name, quota, left })
            }
            None => {
                let wait = full_in.saturating_sub(self.holds());
                Err(Exceeded { name, quota, wait })
            }
        }
    }

    /// Tells the store of pieces that were given out; from then on the buckets are as full here as
    /// they are there.
    pub(super) async fn share(&self, store: &dyn Store) -> Result<(), CommitError> {
        let given = self.take_pieces();
        if given.is_empty() {
            return Ok(());
        }
        let names = given.iter().map(|(key, _)| self.name_of(key));
        let names: Vec<String> = names.collect();
        let costs = given.iter().map(|(_, times)| self.cost() * *times);
        let spent = names.iter().cloned().zip(costs).collect();
        let told = store.commit(ChangeSet::new().write(Write::Spend(spent)));
        if let Err(error) = told.await {
            self.give_back(&given);
            return Err(error);
        }
        let now = Instant::now();
        let found = store.buckets(&names).await?;
        let found: HashMap<String, Duration> = found
            .into_iter()
            .map(|bucket| (bucket.name, bucket.full_in))
            .collect();
        let mut buckets = self.lock();
        for ((key, _), name) in given.iter().zip(&names) {
            if let Some(bucket) = buckets.get_mut(key) {
                let full_in = found.get(name).copied().unwrap_or_default();
                bucket.full_at = now + full_in + self.cost() * bucket.untold;
            }
        }
        Ok(())
    }

    /// What is worth telling, no longer noted as untold.
    fn take_pieces(&self) -> Vec<(K, u32)> {
        let piece = (self.quota / PIECES).max(1);
        let mut given = Vec::new();
        for (key, bucket) in self.lock().iter_mut() {
            if bucket.untold >= piece && given.len() < TOLD {
                given.push((key.clone(), std::mem::take(&mut bucket.untold)));
            }
        }
        given
    }

    fn give_back(&self, given: &[(K, u32)]) {
        let mut buckets = self.lock();
        for (key, times) in given {
            if let Some(bucket) = buckets.get_mut(key) {
                bucket.untold = bucket.untold.saturating_add(*times);
            }
        }
    }

    /// Throws away buckets that are full again.
    pub(super) fn clean(&self, now: Instant) {
        let mut buckets = self.lock();
        buckets.retain(|_, bucket| bucket.full_at > now);
        buckets.shrink_to_fit();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(quota: u32) -> Buckets<u8> {
        Buckets::new("account", quota, 0, true)
    }

    #[test]
    fn one_who_asks_too_often_waits_and_others_do_not() {
        let (buckets, now) = (buckets(2), Instant::now());
        assert_eq!(buckets.take(1, now).unwrap().left, 1);
        assert_eq!(buckets.take(1, now).unwrap().left, 0);
        let exceeded = buckets.take(1, now).unwrap_err();
        assert_eq!(exceeded.wait, Duration::from_secs(30));
        assert!(buckets.take(2, now).is_ok());
        assert!(buckets.take(1, now + Duration::from_secs(29)).is_err());
        assert!(buckets.take(1, now + Duration::from_secs(30)).is_ok());
        assert!(buckets.take(1, now + Duration::from_secs(30)).is_err());
    }

    #[test]
    fn a_bucket_that_rested_is_full_and_not_fuller() {
        let (buckets, now) = (buckets(3), Instant::now());
        buckets.take(1, now).unwrap();
        let later = now + WINDOW * 10;
        assert_eq!(buckets.take(1, later).unwrap().left, 2);
        buckets.clean(later + WINDOW);
        assert!(buckets.lock().is_empty());
    }

    #[test]
    fn when_there_are_too_many_strangers_share_a_bucket_and_the_known_keep_theirs() {
        let buckets = Buckets::new("address", 2, u32::MAX, false);
        let now = Instant::now();
        for key in 0..BUCKETS as u32 {
            buckets.take(key, now).unwrap();
        }
        for stranger in [1_000_000, 1_000_001] {
            buckets.take(stranger, now).unwrap();
        }
        assert!(buckets.take(1_000_002, now).is_err());
        assert!(buckets.take(7, now).is_ok());
    }
}
