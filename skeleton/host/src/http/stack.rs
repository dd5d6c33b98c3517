//! The standard middleware around a table of routes.

use super::observe::{self, Meters};
use super::{IntoResponse, MatchedPath, Response, Routes};
use crate::problem::{self, Problem};
use crate::settings::Fields;
use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::PayloadConfig;
use futures::FutureExt;
use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Bounds on every request.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Largest body that arguments of handlers take; a handler that takes the
    /// [`Request`](super::Request) reads what it wants.
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

/// Puts the standard middleware around a table of routes: request id, span, metrics, problems for
/// panics and time-outs, body limit.
#[derive(Debug, Clone)]
pub struct Stack {
    service: &'static str,
    settings: HttpSettings,
    without_timeout: HashSet<String>,
}

impl Stack {
    /// For the service of this name, which labels its metrics.
    pub fn new(service: &'static str, settings: &HttpSettings) -> Self {
        Self {
            service,
            settings: settings.clone(),
            without_timeout: HashSet::new(),
        }
    }

    /// Lets a route (as mounted: `/api/v1/uploads`) take as long as it needs.
    #[must_use]
    pub fn without_timeout(mut self, route: &str) -> Self {
        self.without_timeout.insert(route.to_owned());
        self
    }

    /// Applies it to everything that the table holds now; call it last.
    pub fn apply(self, mut routes: Routes) -> Routes {
        let limit = self.settings.body_limit_bytes;
        routes.give(move |resource| resource.app_data(PayloadConfig::new(limit)));
        let stack = Arc::new(self);
        let own = move || (stack.clone(), Rc::new(Meters::new(stack.service)));
        routes.wrap(own, async |(stack, meters), request, next| {
            let answer = async |request| stack.keep(request, next).await;
            observe::observe(stack.service, &meters, request, answer).await
        })
    }

    /// Answers within the time and in spite of a panic.
    async fn keep(
        &self,
        request: ServiceRequest,
        next: Next<BoxBody>,
    ) -> Result<ServiceResponse, Error> {
        let asked = request.request().clone();
        let answer = AssertUnwindSafe(next.call(request)).catch_unwind();
        let route = asked.app_data::<MatchedPath>();
        let answer = if route.is_some_and(|it| self.without_timeout.contains(it.as_str())) {
            answer.await
        } else {
            match tokio::time::timeout(self.settings.timeout, answer).await {
                Ok(answer) => answer,
                Err(_) => return Ok(ServiceResponse::new(asked, self.too_late())),
            }
        };
        answer.unwrap_or_else(|panic| {
            let response = problem::panic_response(panic).into_response();
            Ok(ServiceResponse::new(asked, response))
        })
    }

    fn too_late(&self) -> Response {
        let timeout = self.settings.timeout.as_secs_f32();
        Problem::unavailable(Duration::from_secs(1))
            .with_detail(format!("not answered within {timeout} s"))
            .into_response()
    }
}
