//! The processes of one service, and which of them to ask next.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use url::Url;

/// How long a replica is left alone that refused a connection or asked to be left.
const AVOIDED_FOR: Duration = Duration::from_secs(1);

/// One process.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) base: Url,
    condition: Mutex<Condition>,
}

#[derive(Debug)]
struct Condition {
    /// As it said when it was last asked; taken as ready until then.
    is_ready: bool,
    avoided_until: Option<Instant>,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Replicas {
    all: Vec<Replica>,
    turn: AtomicUsize,
}

impl Replica {
    /// Host and port, for logs and operators.
    pub(super) fn address(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        match self.base.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// It refused a connection, or asked to be left.
    pub(super) fn avoid(&self) {
        self.condition().avoided_until = Some(Instant::now() + AVOIDED_FOR);
    }

    /// It said so.
    pub(super) fn set_ready(&self, is_ready: bool) {
        let mut condition = self.condition();
        if condition.is_ready != is_ready {
            tracing::info!(replica = self.address(), is_ready, "readiness changed");
        }
        condition.is_ready = is_ready;
    }

    /// 0: gladly; else only where nobody better is there.
    fn reluctance(&self, now: Instant) -> u8 {
        let condition = self.condition();
        let is_avoided = condition.avoided_until.is_some_and(|until| now < until);
        u8::from(is_avoided) + 2 * u8::from(!condition.is_ready)
    }

    fn condition(&self) -> MutexGuard<'_, Condition> {
        self.condition
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Replicas {
    pub(super) fn new(bases: impl IntoIterator<Item = Url>) -> Self {
        let all = bases.into_iter().map(|base| Replica {
            base,
            condition: Mutex::new(Condition {
                is_ready: true,
                avoided_until: None,
            }),
        });
        Self {
            all: all.collect(),
            turn: AtomicUsize::new(0),
        }
    }

    pub(super) fn all(&self) -> &[Replica] {
        &self.all
    }

    /// Every replica, in the order in which to try them: the good ones take turns, the others come
    /// last. None is left out, since what we know of them may be old.
    pub(super) fn in_order(&self) -> Vec<&Replica> {
        let now = Instant::now();
        let mut ranked: Vec<(u8, &Replica)> = self
            .all
            .iter()
            .map(|replica| (replica.reluctance(now), replica))
            .collect();
        ranked.sort_by_key(|(reluctance, _)| *reluctance);
        let best = ranked.first().map_or(0, |(reluctance, _)| *reluctance);
        let equals = ranked.partition_point(|(reluctance, _)| *reluctance == best);
        if equals > 0 {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed);
            ranked[..equals].rotate_left(turn % equals);
        }
        ranked.into_iter().map(|(_, replica)| replica).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(replicas: &Replicas) -> String {
        let order = replicas.in_order();
        let hosts = order.iter().map(|replica| replica.base.host_str().unwrap());
        hosts.collect()
    }

    #[test]
    fn good_replicas_take_turns_and_the_others_come_last() {
        let replicas =
            Replicas::new(["a", "b", "c"].map(|h| format!("http://{h}").parse().unwrap()));
        assert_eq!(
            [hosts(&replicas), hosts(&replicas), hosts(&replicas)],
            ["abc", "bca", "cab"]
        );
        replicas.all()[1].avoid();
        assert_eq!([hosts(&replicas), hosts(&replicas)], ["cab", "acb"]);
        replicas.all()[0].set_ready(false);
        assert_eq!([hosts(&replicas), hosts(&replicas)], ["cba", "cba"]);
    }
}
