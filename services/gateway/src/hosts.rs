//! Under which names the gateway answers.
//!
//! A page of another site can have its own name point at this machine and then ask us as if we
//! were that site: the browser takes us for it, lets the page read what we answer, and says that
//! the request is of the same origin (DNS rebinding). What gives it away is the name asked for. An
//! address cannot be made to mean another machine, so requests by address are always answered.

use std::net::{Ipv4Addr, Ipv6Addr};

use actix_web::http::uri::Authority;

/// The names besides those of this machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts(Vec<String>);

/// What a `Host` header names, its port apart.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    /// An address of this machine or a name that always means it.
    Loopback,
    Address,
    Name(String),
}

impl Hosts {
    pub(crate) fn new(names: &[String]) -> Self {
        Self(names.iter().map(|name| normal(name)).collect())
    }

    /// Whether requests for `host`, given as `name` or `name:port`, are answered.
    pub(crate) fn accepts(&self, host: &str) -> bool {
        match named(host) {
            Some(Named::Loopback | Named::Address) => true,
            Some(Named::Name(name)) => self.0.contains(&name),
            None => false,
        }
    }
}

/// Whether a host can only mean the machine of whoever asks.
pub(crate) fn is_loopback(host: &str) -> bool {
    named(host) == Some(Named::Loopback)
}

/// Whether a setting names a host: a name or an address without a port.
pub(crate) fn is_host(text: &str) -> bool {
    named(text).is_some() && text.parse::<Authority>().is_ok_and(|a| a.port().is_none())
}

fn named(host: &str) -> Option<Named> {
    let authority: Authority = host.parse().ok()?;
    if authority.as_str().contains('@') {
        return None;
    }
    let name = normal(authority.host());
    let bracketed = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
    let is_loopback = if let Some(v6) = bracketed {
        v6.parse::<Ipv6Addr>().ok()?.to_canonical().is_loopback()
    } else if let Ok(v4) = name.parse::<Ipv4Addr>() {
        v4.is_loopback()
    } else if name == "localhost" || name.ends_with(".localhost") {
        true
    } else {
        return (!name.is_empty()).then_some(Named::Name(name));
    };
    Some(if is_loopback {
        Named::Loopback
    } else {
        Named::Address
    })
}

/// Names are the same in either case, and with the dot of the root.
fn normal(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    name.strip_suffix('.').map(str::to_owned).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_must_be_known_and_addresses_need_not() {
        let hosts = Hosts::new(&["Kith.example".to_owned(), "box.local.".to_owned()]);
        for host in [
            "kith.example",
            "KITH.example:8443",
            "kith.example.",
            "box.local:8400",
            "localhost",
            "localhost:8400",
            "kith.localhost",
            "127.0.0.1:8400",
            "127.1.2.3",
            "[::1]:8400",
            "192.168.1.5:8080",
            "[2001:db8::1]",
        ] {
            assert!(hosts.accepts(host), "{host}");
        }
        for host in [
            "evil.example",
            "kith.example.evil.example",
            "notkith.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evillocalhost",
            "localhost@evil.example",
            "evil.example@localhost",
            "2130706433",
            "0x7f.1",
            "127.1",
            "::1",
            "[::1",
            "",
            " ",
            "kith.example, localhost",
        ] {
            assert!(!hosts.accepts(host), "{host}");
        }
    }

    #[test]
    fn only_names_and_addresses_of_this_machine_are_loopback() {
        for host in ["localhost:1", "a.localhost", "127.0.0.9", "[::1]:8400"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["192.168.1.5", "0.0.0.0", "[::]", "box.local", "localhost.x"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_setting_names_a_host_without_a_port() {
        assert!(is_host("box.local") && is_host("[::1]"));
        for text in [
            "box.local:80",
            "http://box.local",
            "a b",
            "",
            "a/b",
            "me@box",
        ] {
            assert!(!is_host(text), "{text}");
        }
    }
}
