//! Reaching a service the same way, be it in this process or behind HTTP.
//!
//! Bodies stream both ways. A request is sent again only when the connection was refused before
//! any of it left; whatever else goes wrong is an `unavailable` problem, never an error.

use crate::http::REQUEST_ID_HEADER;
use crate::problem::{Problem, REQUEST_ID};
use crate::telemetry::current_traceparent;
use axum::Router;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;
use tower::ServiceExt;
use url::Url;

/// Shorter than a server keeps idle connections, so that we never write to a closed one.
const IDLE: Duration = Duration::from_secs(20);
const RETRY_AFTER: Duration = Duration::from_secs(1);
const PAUSE_BEFORE_RETRY: Duration = Duration::from_millis(50);

/// Headers that belong to one connection and are not passed on.
const HOP_BY_HOP: [HeaderName; 8] = [
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
    /// Its router, called directly.
    InProcess(Router),
    /// Its address.
    Http(HttpUpstream),
}

/// A service behind HTTP.
#[derive(Debug, Clone)]
pub struct HttpUpstream {
    base: Url,
    client: reqwest::Client,
}

impl Upstream {
    /// Calls the router in this process.
    pub fn in_process(router: Router) -> Self {
        Self::InProcess(router)
    }

    /// Calls the service at `base`, giving up on connecting after `connect_timeout` and on an
    /// answer's beginning or continuation after `read_timeout`.
    ///
    /// # Errors
    /// When the HTTP client cannot be built (no TLS roots).
    pub fn http(
        base: Url,
        connect_timeout: Duration,
        read_timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        install_tls();
        let client = reqwest::Client::builder()
            .connect_timeout(connect_timeout)
            .read_timeout(read_timeout)
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self::Http(HttpUpstream { base, client }))
    }

    /// Sends a request whose URI is the path and query. Always answers.
    pub async fn call(&self, mut request: Request<Body>) -> Response<Body> {
        pass_on(request.headers_mut());
        match self {
            Self::InProcess(router) => {
                // The inner routing starts afresh.
                request.extensions_mut().clear();
                match router.clone().oneshot(request).await {
                    Ok(mut response) => {
                        drop_hop_by_hop(response.headers_mut());
                        response
                    }
                    Err(never) => match never {},
                }
            }
            Self::Http(upstream) => upstream.call(request).await,
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

impl HttpUpstream {
    async fn call(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let mut url = self.base.clone();
        let prefix = self.base.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}{}", parts.uri.path()));
        url.set_query(parts.uri.query());
        let outgoing = Outgoing::new(body);
        let send = async || {
            self.client
                .request(parts.method.clone(), url.clone())
                .headers(parts.headers.clone())
                .body(outgoing.body())
                .send()
                .await
        };
        let mut answer = send().await;
        if answer.as_ref().is_err_and(reqwest::Error::is_connect) && outgoing.is_untouched() {
            tokio::time::sleep(PAUSE_BEFORE_RETRY).await;
            answer = send().await;
        }
        match answer {
            Ok(response) => {
                let mut response: Response<reqwest::Body> = response.into();
                drop_hop_by_hop(response.headers_mut());
                response.map(Body::new)
            }
            Err(error) => {
                let error = error.without_url();
                tracing::warn!(
                    error = %crate::problem::Causes(&error),
                    upstream = self.base.host_str(),
                    "upstream did not answer"
                );
                use axum::response::IntoResponse;
                Problem::unavailable(RETRY_AFTER).into_response()
            }
        }
    }
}

/// A body that is only taken when its first byte is wanted, so that an attempt which never got a
/// connection leaves it whole for the next.
struct Outgoing {
    empty: bool,
    body: Arc<Mutex<Option<Body>>>,
}

impl Outgoing {
    fn new(body: Body) -> Self {
        Self {
            empty: body.is_end_stream(),
            body: Arc::new(Mutex::new(Some(body))),
        }
    }

    fn is_untouched(&self) -> bool {
        self.empty
            || self
                .body
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_some()
    }

    fn body(&self) -> reqwest::Body {
        if self.empty {
            return reqwest::Body::from(Bytes::new());
        }
        let slot = self.body.clone();
        let frames = futures::stream::once(async move {
            let body = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            body.unwrap_or_default().into_data_stream()
        });
        reqwest::Body::wrap_stream(frames.flatten())
    }
}

fn pass_on(headers: &mut HeaderMap) {
    drop_hop_by_hop(headers);
    headers.remove(header::HOST);
    headers.remove(header::EXPECT);
    if let Ok(Ok(id)) = REQUEST_ID.try_with(|id| HeaderValue::from_str(id)) {
        headers.insert(REQUEST_ID_HEADER, id);
    }
    if let Some(Ok(value)) = current_traceparent().map(|text| HeaderValue::from_str(&text)) {
        headers.insert("traceparent", value);
    }
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    // What `Connection` names is of this connection too.
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}
