//! Where a request comes from: what a proxy says of it counts only if the proxy is trusted.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::{dev::RequestHead, http::uri::Authority};
use ipnet::IpNet;
use skeleton_host::http::{HeaderMap, HeaderName, Version, header};

use super::{
    hosts,
    same_origin::{self, Origin},
};

/// The proxies that are trusted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(pub(crate) Vec<IpNet>);

static FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
static FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
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
    /// The address of whoever asks.
    pub(crate) fn address(&self, request: &RequestHead) -> IpAddr {
        let peer = peer(request);
        let told = self
            .trusts(peer)
            .then(|| self.nearest_stranger(&request.headers));
        told.flatten().unwrap_or(peer)
    }

    /// Whether it spoke TLS, to us or to a trusted proxy.
    pub(crate) fn is_https(&self, request: &RequestHead) -> bool {
        self.told(request, &FORWARDED_PROTO)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
    }

    /// The host that it asked for.
    pub(crate) fn host<'a>(&self, request: &'a RequestHead) -> Option<&'a str> {
        self.told(request, &FORWARDED_HOST)
            .or_else(|| asked_host(request))
    }

    /// What a header says, if a trusted proxy sent it.
    fn told<'a>(&self, request: &'a RequestHead, name: &HeaderName) -> Option<&'a str> {
        let is_trusted = self.trusts(peer(request));
        is_trusted.then(|| text(&request.headers, name)).flatten()
    }

    /// The last address in the chain that is not a trusted proxy: the ones before are hearsay.
    fn nearest_stranger(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines: Vec<&str> = headers
            .get_all(&FORWARDED_FOR)
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
    of_the_line.or_else(|| text(&request.headers, &header::HOST))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use skeleton_host::http::Request;

    use super::*;

    fn proxies() -> Proxies {
        Proxies(vec!["10.0.0.0/8".parse().unwrap()])
    }

    fn ask(peer: &str, headers: &[(&str, &str)]) -> RequestHead {
        let peer: SocketAddr = format!("{peer}:1").parse().unwrap();
        let mut request = Request::get("/")
            .header("host", "kith.example")
            .from_peer(peer);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.into_parts().0
    }

    fn address(peer: &str, headers: &[(&str, &str)]) -> String {
        proxies().address(&ask(peer, headers)).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_where_it_comes_from() {
        let headers = [
            ("x-forwarded-for", "198.51.100.1"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "evil.example"),
        ];
        assert_eq!(address("203.0.113.7", &headers), "203.0.113.7");
        let request = ask("203.0.113.7", &headers);
        assert!(!proxies().is_https(&request));
        assert_eq!(proxies().host(&request), Some("kith.example"));
    }

    #[test]
    fn of_a_chain_the_last_stranger_counts() {
        let headers = [
            ("x-forwarded-for", "1.2.3.4, 198.51.100.1, 10.2.2.2"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "kith.elsewhere"),
        ];
        assert_eq!(address("10.1.1.1", &headers), "198.51.100.1");
        let request = ask("10.1.1.1", &headers);
        assert!(proxies().is_https(&request));
        assert_eq!(proxies().host(&request), Some("kith.elsewhere"));
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
        for headers in [&[] as &[_], &[("x-forwarded-for", "nonsense")]] {
            assert_eq!(address("10.1.1.1", headers), "10.1.1.1");
        }
        assert_eq!(proxies().host(&ask("10.1.1.1", &[])), Some("kith.example"));
    }
}
