//! Deny unless allowed: a whole router asks for a caller, public routes are listed.

use super::TokenVerifier;
use crate::problem::Problem;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::Method;
use std::collections::HashSet;
use std::sync::Arc;

/// Guards a router. Routes that nobody listed as public need a valid service token, those that
/// were added later included; unknown paths too.
#[derive(Debug, Clone)]
pub struct RequireCaller {
    verifier: TokenVerifier,
    public: HashSet<(Method, String)>,
}

impl RequireCaller {
    /// Nothing is public yet.
    pub fn new(verifier: TokenVerifier) -> Self {
        Self {
            verifier,
            public: HashSet::new(),
        }
    }

    /// Lets everybody call `method` on the route, spelt as it is mounted (`/api/v1/things/{id}`).
    #[must_use]
    pub fn public(mut self, method: Method, route: &str) -> Self {
        self.public.insert((method, route.to_owned()));
        self
    }

    /// Mounts the guard on everything the router holds now.
    pub fn guard<S: Clone + Send + Sync + 'static>(self, router: Router<S>) -> Router<S> {
        router.layer(middleware::from_fn_with_state(Arc::new(self), check))
    }

    fn is_public(&self, request: &Request) -> bool {
        let Some(route) = request.extensions().get::<MatchedPath>() else {
            return false;
        };
        // A HEAD is answered by the handler of GET.
        let method = match *request.method() {
            Method::HEAD => Method::GET,
            ref method => method.clone(),
        };
        self.public.contains(&(method, route.as_str().to_owned()))
    }
}

async fn check(
    State(guard): State<Arc<RequireCaller>>,
    mut request: Request,
    next: Next,
) -> Response {
    match guard.verifier.identify(request.headers()).await {
        Ok(Some((caller, seal_key))) => {
            tracing::Span::current().record("account", tracing::field::display(caller.account));
            request.extensions_mut().insert(caller);
            request.extensions_mut().insert(seal_key);
        }
        Ok(None) if guard.is_public(&request) => {}
        Ok(None) => return Problem::unauthenticated("a service token is needed").into_response(),
        Err(problem) => return problem.into_response(),
    }
    request.extensions_mut().insert(guard.verifier.clone());
    next.run(request).await
}
