//! The table of routes: what a service answers, described or not, and the state that its handlers
//! share.

use super::Request;
use super::arguments::{self, Arguments};
use crate::problem::Problem;
use axum::Router;
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{self, MethodFilter};
use http::Method;
use std::fmt;
use std::sync::Arc;
use tower::ServiceExt;
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::{HttpMethod, OpenApi};
use utoipa::{PartialSchema, Path, ToSchema};

/// Makes [`Routes`] out of handlers that `#[utoipa::path]` describes, each named by its file and
/// its function: `routes![get_thing::get_thing, list_things::list_things]`.
#[macro_export]
macro_rules! routes {
    ($($file:ident :: $handler:ident),+ $(,)?) => {
        $crate::http::paste! {
            $crate::http::Routes::new()
                $(.described::<$file::[<__path_ $handler>], _, _>($file::$handler))+
        }
    };
}

/// One method of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// As it is written in the table: `/api/v1/things/{id}`.
    pub path: String,
    /// None where every method is answered.
    pub method: Option<Method>,
}

/// What is answered, by path and method. Handlers may ask for a state of type `S` until it is
/// given by [`Routes::with_state`].
///
/// Literal segments come before `{parameters}`, and those before a `{*rest}`. `HEAD` is answered
/// by the handler of `GET`; a method that a path does not take, with 405 and `Allow`.
#[derive(Clone)]
pub struct Routes<S = ()> {
    router: Router<S>,
    mounted: Arc<Vec<Mounted>>,
    openapi: Arc<OpenApi>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// None yet.
    pub fn new() -> Self {
        Self {
            router: Router::new(),
            mounted: Arc::default(),
            openapi: Arc::default(),
        }
    }

    /// And the handler that `P` describes, and its arguments. [`routes!`](crate::routes) finds `P`.
    #[must_use]
    pub fn described<P, H, T>(mut self, handler: H) -> Self
    where
        P: Path + Tags<'static> + SchemaReferences,
        H: Handler<T, S>,
        T: Arguments + 'static,
    {
        let (path, methods, mut operation) = (P::path(), P::methods(), P::operation());
        let tags = P::tags();
        if !tags.is_empty() {
            let all = operation.tags.get_or_insert_default();
            all.extend(tags.iter().map(ToString::to_string));
        }
        T::describe(&mut operation);
        arguments::send_problems_as_such(&mut operation);
        let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
        P::schemas(&mut schemas);
        let openapi = Arc::make_mut(&mut self.openapi);
        let components = openapi.components.get_or_insert_default();
        components.schemas.extend(schemas);
        let all = methods.clone();
        openapi.paths.add_path_operation(&path, all, operation);
        for method in &methods {
            self = self.on(method_of(method), &path, handler.clone());
        }
        self
    }

    /// And a handler that is no part of the published API.
    ///
    /// # Panics
    /// When another handler answers that already.
    #[must_use]
    pub fn on<H, T>(mut self, method: Method, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).expect("a method that handlers have");
        self.router = self.router.route(path, routing::on(filter, handler));
        self.mount(path, Some(method));
        self
    }

    /// And a handler for every method, no part of the published API.
    ///
    /// # Panics
    /// When another handler answers some of that already.
    #[must_use]
    pub fn any<H, T>(mut self, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.router = self.router.route(path, routing::any(handler));
        self.mount(path, None);
        self
    }

    /// And a handler for what none of the others answers.
    #[must_use]
    pub fn rest<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.map(|router| router.fallback(handler))
    }

    fn mount(&mut self, path: &str, method: Option<Method>) {
        Arc::make_mut(&mut self.mounted).push(Mounted {
            path: path.to_owned(),
            method,
        });
    }

    /// And all of the other's.
    ///
    /// # Panics
    /// When both answer the same.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        Arc::make_mut(&mut self.mounted).extend_from_slice(&other.mounted);
        Arc::make_mut(&mut self.openapi).merge(Arc::unwrap_or_clone(other.openapi));
        self
    }

    /// Gives the handlers their state.
    pub fn with_state<S2>(self, state: S) -> Routes<S2> {
        Routes {
            router: self.router.with_state(state),
            mounted: self.mounted,
            openapi: self.openapi,
        }
    }

    /// What is answered, in the order in which it was added; without what answers the rest.
    pub fn mounted(&self) -> &[Mounted] {
        &self.mounted
    }

    /// The description of those that have one.
    pub fn openapi(&self) -> &OpenApi {
        &self.openapi
    }

    /// Puts layers of the framework's around all of them.
    #[must_use]
    pub fn map(mut self, change: impl FnOnce(Router<S>) -> Router<S>) -> Self {
        self.router = change(self.router);
        self
    }
}

impl<S> fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&*self.mounted).finish()
    }
}

impl Routes {
    /// Answers a request, without a network.
    pub async fn call(&self, request: Request) -> Response {
        match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

fn method_of(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Post => Method::POST,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}
