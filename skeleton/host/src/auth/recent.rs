//! Tokens of a moment ago: signing one or checking a signature takes longer than all else that is
//! done for a small request, and a caller that asks much comes again at once.

use super::token::unix_seconds;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// More than this are not remembered: then all are forgotten.
const MOST: usize = 4_096;

/// What was found out, each until a moment of its own.
pub(super) struct Recent<K, V>(Mutex<HashMap<K, Known<V>>>);

struct Known<V> {
    value: V,
    /// Unix time in seconds, the last one in which it holds.
    until: u64,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq, V: Clone> Recent<K, V> {
    pub(super) fn find<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let all = self.all();
        let known = all.get(key).filter(|known| unix_seconds() <= known.until);
        known.map(|known| known.value.clone())
    }

    pub(super) fn remember(&self, key: K, value: V, until: u64) {
        let mut all = self.all();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(key, Known { value, until });
    }

    /// Forgets all, since the keys changed.
    pub(super) fn forget(&self) {
        self.all().clear();
    }

    fn all(&self) -> MutexGuard<'_, HashMap<K, Known<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_known_for_so_long() {
        let recent = Recent::<String, u8>::default();
        recent.remember("still".to_owned(), 1, unix_seconds() + 2);
        recent.remember("no longer".to_owned(), 2, unix_seconds() - 1);
        assert_eq!(recent.find("still"), Some(1));
        assert_eq!(recent.find("no longer"), None);
        assert_eq!(recent.find("never"), None);
        recent.forget();
        assert_eq!(recent.find("still"), None);
    }

    #[test]
    fn no_more_than_a_bounded_number_is_remembered() {
        let recent = Recent::<usize, ()>::default();
        for number in 0..=MOST {
            recent.remember(number, (), u64::MAX);
        }
        assert!(recent.find(&0).is_none());
        assert!(recent.find(&MOST).is_some());
    }
}
