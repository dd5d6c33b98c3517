//! Reaching a service the same way, be it in this process or behind HTTP, in one process or many.
//!
//! Bodies stream both ways. A request is sent again only when nothing of it can have arrived, or
//! when it only reads and has no body; whatever else goes wrong is an `unavailable` problem, never
//! an error.

use crate::health::{CheckResult, Readiness};
use crate::http::{
    HeaderMap, HeaderName, HeaderValue, REQUEST_ID_HEADER, Request, Response, Routes, header,
};
use crate::problem::REQUEST_ID;
use crate::telemetry::current_traceparent;
use std::sync::Once;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

mod http_upstream;
mod outgoing;
mod replicas;
pub mod translated;

pub use http_upstream::HttpUpstream;

/// Headers that belong to one connection and are not passed on.
static HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// Where a service is.
#[derive(Debug, Clone)]
pub enum Upstream {
    /// Its routes, called directly.
    InProcess(Routes),
    /// Its replicas' addresses.
    Http(HttpUpstream),
}

/// What one replica of a service says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaReadiness {
    /// Host and port.
    pub address: String,
    /// Whether it answered, and wants requests.
    pub ready: bool,
    /// Its checks; one named `http` when it did not answer.
    pub checks: Vec<CheckResult>,
}

impl Upstream {
    /// Calls the routes in this process.
    pub fn in_process(routes: Routes) -> Self {
        Self::InProcess(routes)
    }

    /// Calls the replicas at `bases` in turn, giving up on connecting after `connect_timeout` and
    /// on an answer when nothing moved in either direction for `read_timeout`. Spawn [`Upstream::watch`] so
    /// that replicas which are not ready are left alone.
    ///
    /// # Errors
    /// When the HTTP client cannot be built (no TLS roots).
    pub fn http(
        bases: impl IntoIterator<Item = Url>,
        connect_timeout: Duration,
        read_timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        HttpUpstream::new(bases, connect_timeout, read_timeout).map(Self::Http)
    }

    /// Sends a request whose URI is the path and query. Always answers.
    pub async fn call(&self, mut request: Request) -> Response {
        pass_on(request.headers_mut());
        match self {
            Self::InProcess(routes) => {
                let mut response = routes.call(request).await;
                drop_hop_by_hop(response.headers_mut());
                response
            }
            Self::Http(upstream) => upstream.call(request).await,
        }
    }

    /// Asks the replicas for their readiness, over and over until `stop`: one that is starting or
    /// ending gets no requests while another is ready. In one process there is nothing to ask.
    pub async fn watch(&self, stop: CancellationToken) {
        match self {
            Self::InProcess(_) => {}
            Self::Http(upstream) => upstream.watch(stop).await,
        }
    }

    /// What each replica says of itself now; nothing for routes in this process.
    pub async fn readiness(&self) -> Vec<ReplicaReadiness> {
        match self {
            Self::InProcess(_) => Vec::new(),
            Self::Http(upstream) => upstream.readiness().await,
        }
    }
}

impl ReplicaReadiness {
    fn said(address: String, readiness: Readiness) -> Self {
        Self {
            address,
            ready: readiness.ready,
            checks: readiness.checks,
        }
    }

    fn silent(address: String, why: String) -> Self {
        let check = CheckResult {
            name: "http".to_owned(),
            ok: false,
            detail: Some(why),
        };
        Self {
            address,
            ready: false,
            checks: vec![check],
        }
    }
}

/// One TLS implementation in the whole process; safe to call often.
pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails only when the program has already chosen one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn pass_on(headers: &mut HeaderMap) {
    drop_hop_by_hop(headers);
    headers.remove(header::HOST);
    headers.remove(header::EXPECT);
    if let Ok(id) = REQUEST_ID.try_with(HeaderValue::clone) {
        headers.insert(REQUEST_ID_HEADER, id);
    }
    if let Some(Ok(value)) = current_traceparent().map(|text| HeaderValue::from_str(&text)) {
        headers.insert(HeaderName::from_static("traceparent"), value);
    }
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    // What `Connection` names is of this connection too.
    let named: Vec<HeaderName> = connection_options(headers)
        .filter_map(|name| name.parse().ok())
        .collect();
    headers.retain(|name, _| !HOP_BY_HOP.contains(name) && !named.contains(name));
}

fn connection_options(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::CONNECTION)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim)
}
