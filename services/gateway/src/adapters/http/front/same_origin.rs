//! Whether a request was made by our own pages: a browser sends its cookie along with anybody's.

use skeleton_host::http::{HeaderMap, HeaderName, header};
use url::Url;

/// What the browser says of the page that made the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Ours, or the user herself.
    Own,
    /// Another site's.
    Foreign,
    /// Nothing: no browser, or an old one.
    Unsaid,
}

pub(super) static FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Fetch metadata where there is any, else the origin against the host that was asked.
pub(crate) fn origin(headers: &HeaderMap, host: Option<&str>) -> Origin {
    if let Some(site) = headers.get(&FETCH_SITE) {
        return match site.as_bytes() {
            b"same-origin" | b"none" => Origin::Own,
            _ => Origin::Foreign,
        };
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Origin::Unsaid;
    };
    let is_own = origin
        .to_str()
        .is_ok_and(|origin| host.is_some_and(|host| is_at(origin, host)));
    if is_own { Origin::Own } else { Origin::Foreign }
}

/// Whether an origin is at a host, given as `name` or `name:port`.
fn is_at(origin: &str, host: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else {
        return false;
    };
    let Ok(host) = Url::parse(&format!("{}://{host}", origin.scheme())) else {
        return false;
    };
    origin.has_host()
        && origin.host_str() == host.host_str()
        && origin.port_or_known_default() == host.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(site: Option<&str>, from: Option<&str>, host: &str) -> Origin {
        let mut headers = HeaderMap::new();
        if let Some(site) = site {
            headers.insert(FETCH_SITE.clone(), site.parse().unwrap());
        }
        if let Some(from) = from {
            headers.insert(header::ORIGIN, from.parse().unwrap());
        }
        origin(&headers, Some(host))
    }

    #[test]
    fn fetch_metadata_decides_where_there_is_any() {
        for (site, expected) in [
            ("same-origin", Origin::Own),
            ("none", Origin::Own),
            ("same-site", Origin::Foreign),
            ("cross-site", Origin::Foreign),
            ("nonsense", Origin::Foreign),
        ] {
            let from = Some("http://kith.example");
            assert_eq!(said(Some(site), from, "kith.example"), expected, "{site}");
        }
    }

    #[test]
    fn without_it_the_origin_must_be_the_host() {
        for (from, host, expected) in [
            ("http://kith.example", "kith.example", Origin::Own),
            ("https://kith.example", "kith.example", Origin::Own),
            ("https://kith.example", "kith.example:443", Origin::Own),
            ("http://127.0.0.1:8400", "127.0.0.1:8400", Origin::Own),
            ("http://[::1]:8400", "[::1]:8400", Origin::Own),
            ("http://127.0.0.1:8401", "127.0.0.1:8400", Origin::Foreign),
            (
                "http://kith.example.evil.example",
                "kith.example",
                Origin::Foreign,
            ),
            ("http://evil.example", "kith.example", Origin::Foreign),
            ("null", "kith.example", Origin::Foreign),
            ("", "kith.example", Origin::Foreign),
        ] {
            assert_eq!(said(None, Some(from), host), expected, "{from} at {host}");
        }
        assert_eq!(said(None, None, "kith.example"), Origin::Unsaid);
    }
}
