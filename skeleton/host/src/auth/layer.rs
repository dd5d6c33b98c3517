//! Deny unless allowed: a whole table of routes asks for a caller, public routes are listed.

use super::TokenVerifier;
use crate::http::Routes;
use crate::problem::Problem;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::Method;
use std::collections::HashSet;
use std::sync::Arc;

/// Guards a table of routes. Those that nobody listed as public need a valid service token, those that
/// were added later included; unknown paths too.
#[derive(Debug, Clone)]
pub struct RequireCaller {
    verifier: TokenVerifier,
    scope: Option<&'static str>,
    public: HashSet<(Method, String)>,
}

impl RequireCaller {
    /// Nothing is public yet.
    pub fn new(verifier: TokenVerifier) -> Self {
        Self {
            verifier,
            scope: None,
            public: HashSet::new(),
        }
    }

    /// Lets in only those whose token carries `scope`; others are refused with 403.
    #[must_use]
    pub fn scope(mut self, scope: &'static str) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Lets everybody call `method` on the route, spelt as it is mounted (`/api/v1/things/{id}`).
    #[must_use]
    pub fn public(mut self, method: Method, route: &str) -> Self {
        self.public.insert((method, route.to_owned()));
        self
    }

    /// Guards everything that the table holds now.
    pub fn guard(self, routes: Routes) -> Routes {
        let check = middleware::from_fn_with_state(Arc::new(self), check);
        routes.map(|router| router.layer(check))
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
            if let Some(scope) = guard.scope
                && let Err(problem) = caller.require_scope(scope)
            {
                return problem.into_response();
            }
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
