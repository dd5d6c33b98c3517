//! Where a request comes from: what a proxy says of it counts only if the proxy is trusted.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{HeaderMap, header, request::Parts};
use ipnet::IpNet;

/// The other end of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// Its address.
    pub(crate) address: IpAddr,
    /// Whether it spoke TLS, to us or to a trusted proxy.
    pub(crate) is_https: bool,
    /// The host that it asked for.
    pub(crate) host: Option<String>,
}

/// The proxies that are trusted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies(pub(crate) Vec<IpNet>);

/// Headers in which proxies say whom they speak for.
pub(crate) const FORWARDING: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

impl Proxies {
    /// Who asks.
    pub(crate) fn client(&self, request: &Parts) -> Client {
        let headers = &request.headers;
        let peer = peer(request);
        let host = text(headers, header::HOST.as_str()).map(str::to_owned);
        if !self.trusts(peer) {
            return Client {
                address: peer,
                is_https: false,
                host,
            };
        }
        let forwarded_host = text(headers, "x-forwarded-host").map(str::to_owned);
        Client {
            address: self.nearest_stranger(headers).unwrap_or(peer),
            is_https: text(headers, "x-forwarded-proto")
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")),
            host: forwarded_host.or(host),
        }
    }

    /// The last address in the chain that is not a trusted proxy: the ones before are hearsay.
    fn nearest_stranger(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
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
pub(crate) fn peer(request: &Parts) -> IpAddr {
    request
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
            peer.0.ip().to_canonical()
        })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(peer: &str, headers: &[(&str, &str)]) -> Client {
        let mut request = http::Request::get("/").header("host", "kith.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut request, ()) = request.body(()).unwrap().into_parts();
        let peer: SocketAddr = format!("{peer}:1").parse().unwrap();
        request.extensions.insert(ConnectInfo(peer));
        Proxies(vec!["10.0.0.0/8".parse().unwrap()]).client(&request)
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
    fn a_proxy_that_says_nothing_is_the_client() {
        assert_eq!(ask("10.1.1.1", &[]).address.to_string(), "10.1.1.1");
        let nonsense = ask("10.1.1.1", &[("x-forwarded-for", "nonsense")]);
        assert_eq!(nonsense.address.to_string(), "10.1.1.1");
    }
}
