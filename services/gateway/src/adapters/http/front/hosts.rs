//! Refuses requests for a host that is none of ours; see [`crate::domain::hosts`].

use actix_web::{dev::RequestHead, http::uri::Authority};
use skeleton_host::{
    http::{StatusCode, header},
    problem::Problem,
    product::SETTINGS_PREFIX,
};

use super::Front;
use crate::domain::hosts::Host;

/// The public keys: services ask for them under whatever name the gateway has among them.
const KEYS: &str = "/.well-known/jwks.json";
/// Characters of a host that are said back.
const SHOWN: usize = 100;

/// Why a request is not answered: only what asks for one of our names is. A request that names no
/// host at all is no browser's.
pub(super) fn refusal(front: &Front, request: &RequestHead) -> Option<Problem> {
    if request.uri.path() == KEYS {
        return None;
    }
    if request.headers.get_all(header::HOST).count() > 1 {
        return Some(Problem::malformed(
            "expected one host header, found several",
        ));
    }
    let host = front.proxies.host(request)?;
    let is_ours = asked(host).is_some_and(|host| front.hosts.accepts(&host));
    (!is_ours).then(|| misdirected(host))
}

fn misdirected(host: &str) -> Problem {
    let shown: String = host.chars().take(SHOWN).collect();
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "misdirected",
        "this host is not served here",
    )
    .with_detail(format!(
        "nothing is answered for the host {shown:?}; whoever runs this instance can name it in \
         {SETTINGS_PREFIX}HOSTS or {SETTINGS_PREFIX}PUBLIC_URL, or it can be asked by its IP address"
    ))
}

/// What is asked for as `name` or `name:port`, if that can be read.
fn asked(host: &str) -> Option<Host> {
    let authority: Authority = host.parse().ok()?;
    if authority.as_str().contains('@') {
        return None;
    }
    Host::named(authority.host())
}

/// Whether a host can only mean the machine of whoever asks.
pub(super) fn is_loopback(host: &str) -> bool {
    asked(host) == Some(Host::Loopback)
}

/// Whether a setting names a host: a name or an address without a port.
pub(crate) fn is_host(text: &str) -> bool {
    asked(text).is_some() && text.parse::<Authority>().is_ok_and(|a| a.port().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hosts::Hosts;

    #[test]
    fn names_must_be_known_and_addresses_need_not() {
        let hosts = Hosts::new(&["Kith.example".to_owned(), "box.local.".to_owned()]);
        let accepts = |host| asked(host).is_some_and(|host| hosts.accepts(&host));
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
            assert!(accepts(host), "{host}");
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
            assert!(!accepts(host), "{host}");
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
