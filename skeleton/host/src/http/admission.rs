//! Who gets in: how many connections there are at most, and how many from one address.
//!
//! Nobody is left standing outside. Where there is no room, the connection that has been of no use
//! for longest is closed: of the same address if that has too many, else of the address that holds
//! most. Where every one is being answered, a few more are let in to be told so at once; probes are
//! answered there as always, so that a busy process is not taken for a dead one.

use super::connection::Activity;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// Connections beyond the limit, for probes and to say that there is no room.
const RESERVE: usize = 32;

/// How many connections are let in.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// In all, probes apart.
    pub(super) connections: usize,
    /// From one address (IPv6: one /64).
    pub(super) per_address: Option<usize>,
    /// From an address of this machine.
    pub(super) per_local_address: Option<usize>,
    /// Whoever speaks for many: only the limit of all holds.
    pub(super) unbounded: Vec<IpNet>,
}

/// All connections there are.
#[derive(Debug)]
pub(super) struct Admission {
    limits: Limits,
    present: Mutex<Present>,
}

#[derive(Debug, Default)]
struct Present {
    by_network: HashMap<IpAddr, Vec<Arc<Activity>>>,
    count: usize,
    beyond: Vec<Arc<Activity>>,
}

/// A connection's place, free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    admission: Arc<Admission>,
    /// None beyond the limit.
    network: Option<IpAddr>,
    activity: Arc<Activity>,
}

impl Place {
    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }

    /// Whether only probes are answered here.
    pub(super) fn is_beyond_the_limit(&self) -> bool {
        self.network.is_none()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut present = self.admission.present();
        match self.network {
            Some(network) => present.remove(network, &self.activity),
            None => {
                take_out(&mut present.beyond, &self.activity);
            }
        }
    }
}

impl Admission {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            present: Mutex::default(),
        })
    }

    /// A place for somebody from `peer`; none only if those who are to be told that there is no
    /// room are too many already.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let network = network_of(peer);
        let activity = Arc::new(Activity::new());
        let mut present = self.present();
        let is_let_in = present.has_room_in(network, self.bound(peer.to_canonical()))
            && (present.count < self.limits.connections || present.make_room());
        if is_let_in {
            present.count += 1;
            let there = present.by_network.entry(network).or_default();
            there.push(activity.clone());
        } else {
            if present.beyond.len() >= RESERVE {
                let (_, longest) = longest_useless(&present.beyond)?;
                present.beyond.swap_remove(longest).must_leave();
            }
            present.beyond.push(activity.clone());
        }
        drop(present);
        Some(Place {
            admission: self.clone(),
            network: is_let_in.then_some(network),
            activity,
        })
    }

    /// Has the most useless connection end, because the process ran out of something.
    pub(super) fn make_room(&self) -> bool {
        self.present().make_room()
    }

    fn bound(&self, peer: IpAddr) -> usize {
        let bound = if self.limits.unbounded.iter().any(|net| net.contains(&peer)) {
            None
        } else if peer.is_loopback() {
            self.limits.per_local_address
        } else {
            self.limits.per_address
        };
        bound.unwrap_or(usize::MAX)
    }

    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Present {
    fn has_room_in(&mut self, network: IpAddr, bound: usize) -> bool {
        let Some(there) = self.by_network.get(&network) else {
            return true;
        };
        if there.len() < bound {
            return true;
        }
        match longest_useless(there) {
            Some((_, at)) => self.end(network, at),
            None => false,
        }
    }

    /// Ends the one that is useless for longest, of the network that has most.
    fn make_room(&mut self) -> bool {
        let candidates = self.by_network.iter().filter_map(|(network, there)| {
            let (since, at) = longest_useless(there)?;
            Some((there.len(), std::cmp::Reverse(since), *network, at))
        });
        match candidates.max_by_key(|(count, since, ..)| (*count, *since)) {
            Some((_, _, network, at)) => self.end(network, at),
            None => false,
        }
    }

    /// It counts no longer, though it takes a moment to be gone.
    fn end(&mut self, network: IpAddr, at: usize) -> bool {
        let Some(activity) = self
            .by_network
            .get(&network)
            .and_then(|there| there.get(at).cloned())
        else {
            return false;
        };
        activity.must_leave();
        self.remove(network, &activity);
        true
    }

    fn remove(&mut self, network: IpAddr, activity: &Arc<Activity>) {
        let Some(there) = self.by_network.get_mut(&network) else {
            return;
        };
        if take_out(there, activity) {
            self.count -= 1;
        }
        if there.is_empty() {
            self.by_network.remove(&network);
        }
    }
}

fn take_out(from: &mut Vec<Arc<Activity>>, activity: &Arc<Activity>) -> bool {
    let found = from.iter().position(|one| Arc::ptr_eq(one, activity));
    found.map(|at| from.swap_remove(at)).is_some()
}

fn longest_useless(of: &[Arc<Activity>]) -> Option<(Instant, usize)> {
    let useless = of.iter().enumerate();
    let useless = useless.filter_map(|(at, one)| Some((one.useless_since()?, at)));
    useless.min()
}

/// One household has a whole /64 of IPv6.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(connections: usize, per_address: usize) -> Arc<Admission> {
        Admission::new(Limits {
            connections,
            per_address: Some(per_address),
            per_local_address: None,
            unbounded: vec!["10.0.0.0/8".parse().unwrap()],
        })
    }

    /// Lets somebody in whose request is being answered from then on.
    fn busy(admission: &Arc<Admission>, peer: &str) -> Place {
        let place = admission.admit(peer.parse().unwrap()).unwrap();
        place.activity().begin_request();
        place
    }

    fn is_let_in(place: &Place) -> bool {
        !place.is_beyond_the_limit()
    }

    #[test]
    fn one_address_has_so_many_and_a_v6_network_is_one_address() {
        let admission = admission(100, 2);
        let all: Vec<Place> = ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"]
            .iter()
            .map(|peer| busy(&admission, peer))
            .collect();
        let let_in: Vec<bool> = all.iter().map(is_let_in).collect();
        assert_eq!(let_in, [true, true, false, true]);
        let all: Vec<Place> = [
            "2001:db8::1",
            "2001:db8::2:1",
            "2001:db8::3",
            "2001:db8:0:1::",
        ]
        .iter()
        .map(|peer| busy(&admission, peer))
        .collect();
        let let_in: Vec<bool> = all.iter().map(is_let_in).collect();
        assert_eq!(let_in, [true, true, false, true]);
        drop(all);
        assert!(is_let_in(&busy(&admission, "2001:db8::3")));
    }

    #[test]
    fn whoever_speaks_for_many_and_this_machine_are_bounded_by_the_limit_of_all() {
        let admission = admission(6, 1);
        let all: Vec<Place> = ["10.1.2.3", "127.0.0.1"]
            .iter()
            .flat_map(|peer| (0..3).map(|_| busy(&admission, peer)))
            .collect();
        assert!(all.iter().all(is_let_in));
        assert!(!is_let_in(&busy(&admission, "10.1.2.3")));
    }

    #[test]
    fn what_is_of_no_use_makes_room_of_the_address_that_has_most() {
        let admission = admission(4, 3);
        let few = admission.admit("192.0.2.1".parse().unwrap()).unwrap();
        let many: Vec<Place> = (0..3)
            .map(|_| admission.admit("192.0.2.2".parse().unwrap()).unwrap())
            .collect();
        let new = busy(&admission, "192.0.2.3");
        assert!(is_let_in(&new));
        assert!(!few.activity().is_leaving(), "it has one only");
        let leaving = |places: &[Place]| -> Vec<bool> {
            places
                .iter()
                .map(|one| one.activity().is_leaving())
                .collect()
        };
        assert_eq!(leaving(&many), [true, false, false], "the oldest goes");
    }

    #[test]
    fn those_beyond_the_limit_are_few_and_the_one_that_says_nothing_goes() {
        let admission = admission(1, 1);
        let _busy = busy(&admission, "192.0.2.1");
        let peer = "192.0.2.2".parse().unwrap();
        let beyond: Vec<Place> = (0..RESERVE)
            .map(|_| admission.admit(peer).unwrap())
            .collect();
        assert!(!beyond.iter().any(is_let_in));
        let probe = admission.admit(peer).unwrap();
        assert!(beyond[0].activity().is_leaving());
        for place in beyond.iter().chain([&probe]) {
            place.activity().begin_request();
        }
        assert!(admission.admit(peer).is_none(), "they are all being told");
    }
}
