//! The standard middleware around a table of routes.

use super::{Routes, observe};
use crate::problem::{self, Problem};
use crate::settings::Fields;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::header;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::sensitive_headers::SetSensitiveHeadersLayer;

/// Bounds on every request.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Largest body that extractors take, unless a route sets a `DefaultBodyLimit` of its own.
    pub body_limit_bytes: usize,
    /// How long a handler may take until its answer begins.
    pub timeout: Duration,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            body_limit_bytes: 1024 * 1024,
            timeout: Duration::from_secs(30),
        }
    }
}

impl HttpSettings {
    /// Reads `http.body_limit_bytes` and `http.timeout`.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        fields.section("http", |f| Self {
            body_limit_bytes: usize::try_from(f.number_within(
                "body_limit_bytes",
                "1048576",
                1_024..=1_073_741_824,
            ))
            .unwrap_or(usize::MAX),
            timeout: f.duration("timeout", "30s"),
        })
    }
}

/// Puts the standard middleware around a table of routes: request id, span, metrics, problems for panics,
/// unknown routes and time-outs, body limit, sensitive headers.
#[derive(Debug, Clone)]
pub struct Stack {
    service: &'static str,
    settings: HttpSettings,
    without_timeout: HashSet<String>,
    keep_fallback: bool,
}

impl Stack {
    /// For the service of this name, which labels its metrics.
    pub fn new(service: &'static str, settings: &HttpSettings) -> Self {
        Self {
            service,
            settings: settings.clone(),
            without_timeout: HashSet::new(),
            keep_fallback: false,
        }
    }

    /// Lets a route (as mounted: `/api/v1/uploads`) take as long as it needs.
    #[must_use]
    pub fn without_timeout(mut self, route: &str) -> Self {
        self.without_timeout.insert(route.to_owned());
        self
    }

    /// Keeps the table's own answer to unknown paths instead of the 404 problem.
    #[must_use]
    pub fn keep_fallback(mut self) -> Self {
        self.keep_fallback = true;
        self
    }

    /// Applies it to everything that the table holds now; call it last.
    pub fn apply(self, routes: Routes) -> Routes {
        routes.map(|router| self.around(router))
    }

    fn around(self, router: axum::Router) -> axum::Router {
        let router = if self.keep_fallback {
            router
        } else {
            router
                .fallback(problem::not_found_route)
                .method_not_allowed_fallback(problem::method_not_allowed)
        };
        let deadline = Arc::new((self.settings.timeout, self.without_timeout));
        // The last layer is the outermost.
        router
            .layer(DefaultBodyLimit::max(self.settings.body_limit_bytes))
            .layer(middleware::from_fn_with_state(deadline, bound_time))
            .layer(CatchPanicLayer::custom(problem::panic_response))
            .layer(middleware::from_fn_with_state(
                self.service,
                observe::observe,
            ))
            .layer(SetSensitiveHeadersLayer::new([
                header::AUTHORIZATION,
                header::COOKIE,
                header::SET_COOKIE,
            ]))
    }
}

async fn bound_time(
    State(deadline): State<Arc<(Duration, HashSet<String>)>>,
    request: Request,
    next: Next,
) -> Response {
    let (timeout, without) = &*deadline;
    let route = request.extensions().get::<MatchedPath>();
    if route.is_some_and(|route| without.contains(route.as_str())) {
        return next.run(request).await;
    }
    match tokio::time::timeout(*timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable(Duration::from_secs(1))
            .with_detail(format!("not answered within {} s", timeout.as_secs_f32()))
            .into_response(),
    }
}
