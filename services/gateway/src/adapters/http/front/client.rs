//! Where a request comes from: what a proxy says of it counts only if the proxy is trusted.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{dev::RequestHead, http::uri::Authority};
use ipnet::IpNet;
use skeleton_host::http::{HeaderMap, HeaderName, Version, header};

use super::{
    hosts,
    same_origin::{self, Origin},
};

/// The other end of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// Its address.
    pub(crate) address: IpAddr,
    /// Whether it spoke TLS, to us or to a trusted proxy.
    pub(crate) is_https: bool,
    /// The host that it asked for.
    pub(crate) host: Option<String>,
    /// Whether it runs on this machine and asks us itself, as far as a request can show.
    pub(crate) is_here: bool,
}

/// The proxies that are trusted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(pub(crate) Vec<IpNet>);

/// What headers begin with in which proxies say whom they speak for.
const FORWARDING_FAMILIES: [&str; 4] = ["x-forwarded", "x-original-", "x-envoy-", "cf-"];
/// Other such headers.
const FORWARDING: [&str; 17] = [
    "cdn-loop",
    "client-ip",
    "fastly-client-ip",
    "forwarded",
    "forwarded-for",
    "proxy-client-ip",
    "true-client-ip",
    "via",
    "wl-proxy-client-ip",
    "x-azure-clientip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-forwarder-for",
    "x-proxyuser-ip",
    "x-real-ip",
    "x-remote-addr",
    "x-remote-ip",
];

/// Whether proxies say by this header whom they speak for.
pub(crate) fn is_forwarding(name: &HeaderName) -> bool {
    let name = name.as_str();
    FORWARDING.contains(&name)
        || FORWARDING_FAMILIES
            .iter()
            .any(|family| name.starts_with(family))
}

/// Whether the request comes from this machine and no proxy is known to stand in between: none says
/// so, and whoever asks asks for this machine. A proxy that passes on nothing of that is not seen;
/// whatever a request is trusted with because of this must be off where one is known.
pub(crate) fn is_from_here(request: &RequestHead) -> bool {
    let headers = &request.headers;
    let host = asked_host(request);
    peer(request).is_loopback()
        && !headers.keys().any(is_forwarding)
        && host.is_some_and(hosts::is_loopback)
        // Some proxies still speak the old version to what is behind them; no browser does.
        && request.version >= Version::HTTP_11
        && same_origin::origin(headers, host) != Origin::Foreign
}

impl Proxies {
    /// Who asks.
    pub(crate) fn client(&self, request: &RequestHead) -> Client {
        let headers = &request.headers;
        let peer = peer(request);
        let host = asked_host(request).map(str::to_owned);
        if !self.trusts(peer) {
            return Client {
                address: peer,
                is_https: false,
                host,
                is_here: is_from_here(request),
            };
        }
        let forwarded_host = text(headers, "x-forwarded-host").map(str::to_owned);
        Client {
            address: self.nearest_stranger(headers).unwrap_or(peer),
            is_https: text(headers, "x-forwarded-proto")
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")),
            host: forwarded_host.or(host),
            is_here: false,
        }
    }

    /// The last address in the chain that is not a trusted proxy: the ones before are hearsay.
    fn nearest_stranger(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .collect();
        let chain = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
        let chain: Vec<Option<IpAddr>> = chain.map(|text| text.parse().ok()).collect();
        for address in chain.into_iter().rev() {
            match address {
                Some(address) if self.trusts(address.to_canonical()) => {}
                other => return other.map(|address| address.to_canonical()),
            }
        }
        None
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

/// The address at the other end of the connection; nobody's where there is no connection.
pub(crate) fn peer(request: &RequestHead) -> IpAddr {
    request
        .peer_addr
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
            peer.ip().to_canonical()
        })
}

/// A request line with a whole URL names the host, whatever the header says.
fn asked_host(request: &RequestHead) -> Option<&str> {
    let of_the_line = request.uri.authority().map(Authority::as_str);
    of_the_line.or_else(|| text(&request.headers, header::HOST.as_str()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use skeleton_host::http::Request;

    use super::*;

    fn ask(peer: &str, headers: &[(&str, &str)]) -> Client {
        let peer: SocketAddr = format!("{peer}:1").parse().unwrap();
        let mut request = Request::get("/")
            .header("host", "kith.example")
            .from_peer(peer);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Proxies(vec!["10.0.0.0/8".parse().unwrap()]).client(request.head())
    }

    #[test]
    fn a_stranger_cannot_say_where_it_comes_from() {
        let client = ask(
            "203.0.113.7",
            &[
                ("x-forwarded-for", "198.51.100.1"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "evil.example"),
            ],
        );
        assert_eq!(client.address.to_string(), "203.0.113.7");
        assert!(!client.is_https);
        assert_eq!(client.host.as_deref(), Some("kith.example"));
    }

    #[test]
    fn of_a_chain_the_last_stranger_counts() {
        let client = ask(
            "10.1.1.1",
            &[
                ("x-forwarded-for", "1.2.3.4, 198.51.100.1, 10.2.2.2"),
                ("x-forwarded-proto", "https"),
            ],
        );
        assert_eq!(client.address.to_string(), "198.51.100.1");
        assert!(client.is_https);
    }

    #[test]
    fn from_this_machine_is_what_no_proxy_passed_on_and_what_asks_for_this_machine() {
        let here = |headers: &[(&str, &str)]| {
            let peer: SocketAddr = "127.0.0.1:1".parse().unwrap();
            let mut request = Request::post("/").from_peer(peer);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request.into_parts().0
        };
        let local = ("host", "localhost:8400");
        assert!(is_from_here(&here(&[local])));
        assert!(is_from_here(&here(&[("host", "[::1]:8400")])));
        let own = [local, ("origin", "http://localhost:8400")];
        assert!(is_from_here(&here(&own)));
        for headers in [
            &[] as &[_],
            &[("host", "kith.example")],
            &[("host", "192.168.1.5")],
            &[local, ("x-forwarded-for", "127.0.0.1")],
            &[local, ("x-forwarded-port", "443")],
            &[local, ("x-forwarded-something-new", "1")],
            &[local, ("forwarded", "for=127.0.0.1")],
            &[local, ("via", "1.1 proxy")],
            &[local, ("x-real-ip", "127.0.0.1")],
            &[local, ("cf-connecting-ip", "203.0.113.9")],
            &[local, ("true-client-ip", "203.0.113.9")],
            &[local, ("origin", "https://kith.example")],
            &[local, ("sec-fetch-site", "cross-site")],
        ] {
            assert!(!is_from_here(&here(headers)), "{headers:?}");
        }
        let mut old = here(&[local]);
        old.version = Version::HTTP_10;
        assert!(!is_from_here(&old));
        let mut whole = here(&[local]);
        whole.uri = "http://kith.example/".parse().unwrap();
        assert!(!is_from_here(&whole));
        let mut elsewhere = here(&[local]);
        elsewhere.peer_addr = Some("192.168.1.9:1".parse().unwrap());
        assert!(!is_from_here(&elsewhere));
    }

    #[test]
    fn a_proxy_that_says_nothing_is_the_client() {
        assert_eq!(ask("10.1.1.1", &[]).address.to_string(), "10.1.1.1");
        let nonsense = ask("10.1.1.1", &[("x-forwarded-for", "nonsense")]);
        assert_eq!(nonsense.address.to_string(), "10.1.1.1");
    }
}
