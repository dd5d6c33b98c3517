//! Under which names the gateway answers.
//!
//! A page of another site can have its own name point at this machine and then ask us as if we
//! were that site: the browser takes us for it, lets the page read what we answer, and says that
//! the request is of the same origin (DNS rebinding). What gives it away is the name asked for. An
//! address cannot be made to mean another machine, so requests by address are always answered.

// Of `core`: addresses, and nothing that asks for them.
use core::net::{Ipv4Addr, Ipv6Addr};

/// The names besides those of this machine.
#[derive(Clone, Debug, Default)]
pub struct Hosts(Vec<String>);

/// What a request asks for, its port apart.
#[derive(Debug, PartialEq, Eq)]
pub enum Host {
    /// An address of this machine or a name that always means it.
    Loopback,
    /// Another address.
    Address,
    /// A name, lower case.
    Name(String),
}

impl Hosts {
    /// Answers for these names too.
    pub fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| normal(name)).collect())
    }

    /// Whether requests for `host` are answered.
    #[must_use]
    pub fn accepts(&self, host: &Host) -> bool {
        match host {
            Host::Loopback | Host::Address => true,
            Host::Name(name) => self.0.contains(name),
        }
    }
}

impl Host {
    /// What a name or an address without a port means; an address of version 6 is in brackets.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = normal(name);
        let bracketed = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
        let is_loopback = if let Some(v6) = bracketed {
            v6.parse::<Ipv6Addr>().ok()?.to_canonical().is_loopback()
        } else if let Ok(v4) = name.parse::<Ipv4Addr>() {
            v4.is_loopback()
        } else if name == "localhost" || name.ends_with(".localhost") {
            true
        } else {
            return (!name.is_empty()).then_some(Self::Name(name));
        };
        Some(if is_loopback {
            Self::Loopback
        } else {
            Self::Address
        })
    }
}

/// Names are the same in either case, and with the dot of the root.
fn normal(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    name.strip_suffix('.').map(str::to_owned).unwrap_or(name)
}
