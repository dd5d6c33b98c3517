//! How many files this process may hold open; each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files for everything but connections: stores, indices, the broker, what goes out.
const RESERVED: usize = 256;
/// Where the system sets no limit, or one so high that raising to it would mean nothing.
const ENOUGH: u64 = 1 << 20;

/// Raises the limit as far as the process may, and gives how many connections fit below it. The
/// usual soft limit of 1,024 is meant for programs that call `select`, of which this is none.
pub(super) fn raise() -> usize {
    let before = getrlimit(Resource::Nofile);
    let wanted = before.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    let mut allowed = before.current.unwrap_or(ENOUGH);
    if allowed < wanted {
        let raised = Rlimit {
            current: Some(wanted),
            maximum: before.maximum,
        };
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => allowed = wanted,
            Err(error) => tracing::warn!(%error, allowed, "the limit of open files stays"),
        }
    }
    connections_within(usize::try_from(allowed).unwrap_or(usize::MAX))
}

/// Where there is little, connections get half of it.
fn connections_within(allowed: usize) -> usize {
    (allowed - RESERVED.min(allowed / 2)).max(1)
}

#[cfg(test)]
mod tests {
    use super::connections_within;

    #[test]
    fn stores_keep_their_share_of_open_files() {
        assert_eq!(connections_within(1_024), 768);
        assert_eq!(connections_within(100), 50);
        assert_eq!(connections_within(0), 1);
    }
}
