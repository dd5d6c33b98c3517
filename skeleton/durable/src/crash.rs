//! Places at which a test kills the process, to see that nothing is lost or doubled there.
//!
//! Without the feature `crash-points` they are nothing at all. With it, a process whose environment
//! names one (`KITH_CRASH_POINT`) ends there by SIGKILL, as if by a power cut, at the n-th passing
//! (`KITH_CRASH_AFTER`, 1 if not set).

/// Every place, in the order in which an event passes them.
pub const POINTS: [&str; 13] = [
    "commit.before",
    "commit.within",
    "commit.after",
    "relay.claimed",
    "relay.published",
    "relay.sent",
    "delivery.received",
    "effect.handled",
    "effect.postponed",
    "effect.parked",
    "ack.before",
    "ack.after",
    "inbox.received",
];

/// Passes the place `name`.
#[cfg(not(feature = "crash-points"))]
#[inline(always)]
pub fn point(_name: &'static str) {}

/// Passes the place `name`, or does not.
#[cfg(feature = "crash-points")]
pub fn point(name: &'static str) {
    armed::point(name);
}

#[cfg(feature = "crash-points")]
mod armed {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    };

    static ARMED: OnceLock<Option<(String, AtomicU32)>> = OnceLock::new();

    pub(super) fn point(name: &str) {
        debug_assert!(super::POINTS.contains(&name), "{name} is on no list");
        let armed = ARMED.get_or_init(|| {
            let point = std::env::var("KITH_CRASH_POINT").ok()?;
            let after = std::env::var("KITH_CRASH_AFTER").ok();
            let after = after.and_then(|text| text.parse().ok()).unwrap_or(1);
            Some((point, AtomicU32::new(after)))
        });
        let Some((point, left)) = armed else { return };
        if point == name && left.fetch_sub(1, Ordering::SeqCst) == 1 {
            kill();
        }
    }

    /// No destructor runs, nothing is flushed.
    fn kill() -> ! {
        let own = rustix::process::getpid();
        // A failure leaves only the next best end.
        let _ = rustix::process::kill_process(own, rustix::process::Signal::KILL);
        std::process::abort();
    }
}
