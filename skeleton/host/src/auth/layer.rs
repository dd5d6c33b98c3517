//! Deny unless allowed: a whole table of routes asks for a caller, public routes are listed.

use super::TokenVerifier;
use super::token::Admitted;
use crate::http::{IntoResponse, MatchedPath, Method, Routes};
use crate::problem::Problem;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
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
        let guard = Arc::new(self);
        routes.wrap(move || guard.clone(), Self::check)
    }

    async fn check(
        self: Arc<Self>,
        request: ServiceRequest,
        next: Next<BoxBody>,
    ) -> Result<ServiceResponse, Error> {
        match self.admit(&request).await {
            Ok(()) => next.call(request).await,
            Err(problem) => Ok(request.into_response(problem.into_response())),
        }
    }

    async fn admit(&self, request: &ServiceRequest) -> Result<(), Problem> {
        match self.verifier.identify(request.headers()).await? {
            Some((caller, seal_key)) => {
                tracing::Span::current().record("account", tracing::field::display(caller.account));
                if let Some(scope) = self.scope {
                    caller.require_scope(scope)?;
                }
                request.extensions_mut().insert(caller);
                request.extensions_mut().insert(seal_key);
            }
            None if self.is_public(request) => {}
            None => return Err(Problem::unauthenticated("a service token is needed")),
        }
        request.extensions_mut().insert(Admitted);
        Ok(())
    }

    fn is_public(&self, request: &ServiceRequest) -> bool {
        let Some(route) = request.app_data::<MatchedPath>() else {
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
