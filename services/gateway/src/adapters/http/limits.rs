//! How often one may ask: buckets that refill, one an account and one an address.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use axum::response::Response;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use http::{HeaderMap, HeaderValue};
use skeleton_host::problem::Problem;
use uuid::Uuid;

use crate::settings;

/// Buckets of one kind that are kept at most; then strangers share one.
const BUCKETS: usize = 100_000;
const WINDOW_S: u32 = 60;
/// How often buckets that are full again are thrown away.
pub(crate) const CLEAN_EVERY: Duration = Duration::from_secs(60);

/// All limits.
pub(crate) struct Limits {
    accounts: Buckets<Uuid>,
    addresses: Buckets<IpAddr>,
    sign_ins: Buckets<IpAddr>,
}

/// One kind of bucket.
struct Buckets<K: Hash + Eq + Clone> {
    name: &'static str,
    quota: u32,
    shared: K,
    limiter: RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>,
}

/// What is left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    name: &'static str,
    quota: u32,
    left: u32,
}

/// Nothing is left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exceeded {
    name: &'static str,
    quota: u32,
    wait: Duration,
}

impl Limits {
    pub(crate) fn new(settings: &settings::Limits) -> Self {
        let nowhere = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        Self {
            accounts: Buckets::new("account", settings.account_per_minute, Uuid::nil()),
            addresses: Buckets::new("address", settings.address_per_minute, nowhere),
            sign_ins: Buckets::new("sign-in", settings.sign_ins_per_minute, nowhere),
        }
    }

    /// A request of an account.
    pub(crate) fn account(&self, account: Uuid) -> Result<Allowance, Exceeded> {
        self.accounts.take(account)
    }

    /// A request from an address.
    pub(crate) fn address(&self, address: IpAddr) -> Result<Allowance, Exceeded> {
        self.addresses.take(network_of(address))
    }

    /// A sign-up or sign-in from an address.
    pub(crate) fn sign_in(&self, address: IpAddr) -> Result<Allowance, Exceeded> {
        self.sign_ins.take(network_of(address))
    }

    /// Throws away what is not needed any more.
    pub(crate) fn clean(&self) {
        self.accounts.clean();
        self.addresses.clean();
        self.sign_ins.clean();
    }
}

/// One household has a whole /64 of IPv6.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    fn new(name: &'static str, quota: u32, shared: K) -> Self {
        let per_minute = Quota::per_minute(NonZeroU32::new(quota).unwrap_or(NonZeroU32::MIN));
        let limiter = RateLimiter::dashmap(per_minute).with_middleware();
        Self {
            name,
            quota,
            shared,
            limiter,
        }
    }

    fn take(&self, key: K) -> Result<Allowance, Exceeded> {
        let key = if self.limiter.len() < BUCKETS {
            key
        } else {
            self.shared.clone()
        };
        let (name, quota) = (self.name, self.quota);
        match self.limiter.check_key(&key) {
            Ok(state) => Ok(Allowance {
                name,
                quota,
                left: state.remaining_burst_capacity(),
            }),
            Err(until) => {
                let wait = until.wait_time_from(self.limiter.clock().now());
                Err(Exceeded { name, quota, wait })
            }
        }
    }

    fn clean(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

impl Allowance {
    /// Says so in the answer.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        tell(headers, self.name, self.quota, self.left, None);
    }
}

impl Exceeded {
    /// The answer.
    pub(crate) fn response(self) -> Response {
        use axum::response::IntoResponse;
        let mut response = Problem::rate_limited(self.wait).into_response();
        tell(
            response.headers_mut(),
            self.name,
            self.quota,
            0,
            Some(self.wait),
        );
        response
    }
}

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
fn tell(headers: &mut HeaderMap, name: &str, quota: u32, left: u32, wait: Option<Duration>) {
    let reset = wait.map_or(0, |wait| wait.as_secs() + 1);
    let policy = format!("\"{name}\";q={quota};w={WINDOW_S}");
    let state = format!("\"{name}\";r={left};t={reset}");
    for (header, text) in [("ratelimit-policy", policy), ("ratelimit", state)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(header, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_one_v6_network_share_a_bucket() {
        let one = network_of("2001:db8:1:2::1".parse().unwrap());
        assert_eq!(one, network_of("2001:db8:1:2:ffff::9".parse().unwrap()));
        assert_ne!(one, network_of("2001:db8:1:3::1".parse().unwrap()));
        let v4: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(network_of("::ffff:192.0.2.1".parse().unwrap()), v4);
    }

    #[test]
    fn one_who_asks_too_often_waits_and_others_do_not() {
        let limits = Limits::new(&settings::Limits {
            account_per_minute: 2,
            address_per_minute: 2,
            sign_ins_per_minute: 1,
        });
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(limits.account(a).unwrap().left, 1);
        assert!(limits.account(a).is_ok());
        let exceeded = limits.account(a).unwrap_err();
        assert!(
            exceeded.wait > Duration::from_secs(20) && exceeded.wait <= Duration::from_secs(30)
        );
        assert!(limits.account(b).is_ok());
    }
}
