//! The table of routes: what a service answers, described or not, and the state that its handlers
//! share.

use super::arguments::{self, Arguments, Handler};
use super::instance::Key;
use super::{IntoResponse, Request, Response, State};
use crate::problem::{self, Problem};
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::{GuardContext, fn_guard};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, Resource, Route, web};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
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

/// The path that a request was found under, as it is written in the table; middleware finds it
/// with `request.app_data`. What none of the routes answers has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedPath(Arc<str>);

impl MatchedPath {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is answered, by path and method. Handlers may ask for a state of type `S` until it is
/// given by [`Routes::with_state`].
///
/// Literal segments come before `{parameters}`, and those before a `{*rest}`. `HEAD` is answered
/// by the handler of `GET`; a method that a path does not take, with 405 and `Allow`; a path that
/// is not there, with 404.
pub struct Routes<S = ()> {
    table: Arc<Table>,
    state: PhantomData<fn(S)>,
}

/// What a table of routes holds. Its key changes with it.
#[derive(Clone)]
pub(super) struct Table {
    key: Key,
    entries: Vec<Entry>,
    rest: Handling,
    has_own_rest: bool,
    openapi: OpenApi,
}

#[derive(Clone)]
struct Entry {
    mounted: Mounted,
    handling: Handling,
}

type Layer = Arc<dyn Fn(Route) -> Route + Send + Sync>;
type Data = Arc<dyn Fn(Resource) -> Resource + Send + Sync>;

/// A handler, what it is wrapped in (the last is the outermost), and what it and that may ask for.
#[derive(Clone)]
struct Handling {
    handler: Layer,
    layers: Vec<Layer>,
    data: Vec<Data>,
}

impl Handling {
    fn of<S, A: Arguments<S>>(handler: impl Handler<A>) -> Self {
        Self {
            handler: Arc::new(move |route| route.to(Answering(handler.clone()))),
            layers: Vec::new(),
            data: Vec::new(),
        }
    }

    fn route(&self, method: Option<Method>) -> Route {
        let route = match method {
            Some(method) => web::route().guard(fn_guard(move |asked| takes(&method, asked))),
            None => web::route(),
        };
        self.wrapped((self.handler)(route))
    }

    fn wrapped(&self, route: Route) -> Route {
        self.layers.iter().fold(route, |route, layer| layer(route))
    }

    fn give(&self, resource: Resource) -> Resource {
        self.data
            .iter()
            .fold(resource, |resource, give| give(resource))
    }
}

/// Whether a handler of `method` answers what is asked.
fn takes(method: &Method, asked: &GuardContext<'_>) -> bool {
    let asked = &asked.head().method;
    asked == method || (*asked == Method::HEAD && *method == Method::GET)
}

/// A handler as the framework calls it.
#[derive(Clone)]
struct Answering<H>(H);

impl<A: 'static, H: Handler<A>> actix_web::Handler<A> for Answering<H> {
    type Output = Response;
    type Future = futures::future::LocalBoxFuture<'static, Response>;

    fn call(&self, arguments: A) -> Self::Future {
        Box::pin(self.0.clone().call(arguments))
    }
}

impl Default for Table {
    fn default() -> Self {
        Self {
            key: Key::new(),
            entries: Vec::new(),
            rest: Handling::of::<(), _>(problem::not_found_route),
            has_own_rest: false,
            openapi: OpenApi::default(),
        }
    }
}

impl<S> Clone for Routes<S> {
    fn clone(&self) -> Self {
        Self::of(self.table.clone())
    }
}

impl<S: 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Routes<S> {
    fn of(table: Arc<Table>) -> Self {
        Self {
            table,
            state: PhantomData,
        }
    }

    fn change(&mut self) -> &mut Table {
        let table = Arc::make_mut(&mut self.table);
        // What was made of it as it was must not answer for it as it will be.
        table.key = Key::new();
        table
    }
}

impl<S: 'static> Routes<S> {
    /// None yet.
    pub fn new() -> Self {
        Self::of(Arc::default())
    }

    /// And the handler that `P` describes, and its arguments. [`routes!`](crate::routes) finds `P`.
    #[must_use]
    pub fn described<P, H, A>(mut self, handler: H) -> Self
    where
        P: Path + Tags<'static> + SchemaReferences,
        H: Handler<A>,
        A: Arguments<S>,
    {
        let (path, methods, mut operation) = (P::path(), P::methods(), P::operation());
        let tags = P::tags();
        if !tags.is_empty() {
            let all = operation.tags.get_or_insert_default();
            all.extend(tags.iter().map(ToString::to_string));
        }
        A::describe(&mut operation);
        arguments::send_problems_as_such(&mut operation);
        let mut schemas = vec![(Problem::name().into_owned(), Problem::schema())];
        P::schemas(&mut schemas);
        let openapi = &mut self.change().openapi;
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
    pub fn on<H, A>(self, method: Method, path: &str, handler: H) -> Self
    where
        H: Handler<A>,
        A: Arguments<S>,
    {
        self.mount(path, Some(method), Handling::of::<S, A>(handler))
    }

    /// And a handler for every method, no part of the published API.
    ///
    /// # Panics
    /// When another handler answers some of that already.
    #[must_use]
    pub fn any<H, A>(self, path: &str, handler: H) -> Self
    where
        H: Handler<A>,
        A: Arguments<S>,
    {
        self.mount(path, None, Handling::of::<S, A>(handler))
    }

    /// And a handler for what none of the others answers.
    #[must_use]
    pub fn rest<H, A>(mut self, handler: H) -> Self
    where
        H: Handler<A>,
        A: Arguments<S>,
    {
        let table = self.change();
        table.rest = Handling::of::<S, A>(handler);
        table.has_own_rest = true;
        self
    }

    fn mount(mut self, path: &str, method: Option<Method>, handling: Handling) -> Self {
        let mounted = Mounted {
            path: path.to_owned(),
            method,
        };
        self.change().add(Entry { mounted, handling });
        self
    }

    /// And all of the other's.
    ///
    /// # Panics
    /// When both answer the same.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        let table = self.change();
        let other = Arc::unwrap_or_clone(other.table);
        for entry in other.entries {
            table.add(entry);
        }
        if other.has_own_rest {
            assert!(!table.has_own_rest, "two tables answer all the rest");
            (table.rest, table.has_own_rest) = (other.rest, true);
        }
        table.openapi.merge(other.openapi);
        self
    }

    /// Gives the handlers their state, and the middleware that they have by now.
    pub fn with_state<S2>(mut self, state: S) -> Routes<S2>
    where
        S: Clone + Send + Sync,
    {
        self.give(move |resource| resource.app_data(State(state.clone())));
        Routes::of(self.table)
    }

    /// Has the resources of all of them and of the rest hold what `data` puts there.
    pub(crate) fn give(&mut self, data: impl Fn(Resource) -> Resource + Send + Sync + 'static) {
        let data: Data = Arc::new(data);
        for handling in self.change().all() {
            handling.data.push(data.clone());
        }
    }

    /// Wraps all of them, the answer to the rest and to methods that are not taken, in `layer`:
    /// `routes.wrap(move || guard.clone(), Guard::check)`. `own` makes what the layer has to hand
    /// at one route, on each thread anew. A request's head is not changed within, since each layer
    /// may hold on to the request.
    #[must_use]
    pub fn wrap<T, Answer>(
        mut self,
        own: impl Fn() -> T + Send + Sync + 'static,
        layer: impl Fn(T, ServiceRequest, Next<BoxBody>) -> Answer + Copy + Send + Sync + 'static,
    ) -> Self
    where
        T: Clone + 'static,
        Answer: Future<Output = Result<ServiceResponse, Error>> + 'static,
    {
        let layer: Layer = Arc::new(move |route| {
            let own = own();
            route.wrap(from_fn(move |request, next| {
                layer(own.clone(), request, next)
            }))
        });
        for handling in self.change().all() {
            handling.layers.push(layer.clone());
        }
        self
    }

    /// What is answered, in the order in which it was added; without what answers the rest.
    pub fn mounted(&self) -> impl Iterator<Item = &Mounted> {
        self.table.entries.iter().map(|entry| &entry.mounted)
    }

    /// The description of those that have one.
    pub fn openapi(&self) -> &OpenApi {
        &self.table.openapi
    }
}

impl<S> fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mounted = self.table.entries.iter().map(|entry| &entry.mounted);
        f.debug_list().entries(mounted).finish()
    }
}

impl Routes {
    /// Answers a request, without a network. Always answers.
    pub async fn call(&self, request: Request) -> Response {
        self.answer(request.into_inner()).await
    }

    pub(super) async fn answer(&self, request: actix_http::Request) -> Response {
        let instance = self.table.key.instance(&self.table).await;
        instance.answer(request).await
    }
}

impl Table {
    fn add(&mut self, entry: Entry) {
        let added = &entry.mounted;
        for Entry { mounted, .. } in &self.entries {
            if shape(&mounted.path) != shape(&added.path) {
                continue;
            }
            let (one, other) = (&mounted.path, &added.path);
            assert_eq!(one, other, "two names for one path");
            let is_taken = match (&mounted.method, &added.method) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            };
            assert!(!is_taken, "two handlers answer {added:?}");
        }
        self.entries.push(entry);
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Handling> {
        let entries = self.entries.iter_mut().map(|entry| &mut entry.handling);
        entries.chain([&mut self.rest])
    }

    /// Puts all of it into the framework's application.
    pub(super) fn configure(&self, config: &mut web::ServiceConfig) {
        let mut by_path: BTreeMap<Specific<'_>, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.entries {
            let path = Specific(&entry.mounted.path);
            by_path.entry(path).or_default().push(entry);
        }
        for (Specific(path), entries) in by_path {
            let matched = MatchedPath(path.into());
            let mut resource = web::resource(pattern(path)).app_data(matched);
            for Entry { mounted, handling } in &entries {
                resource = handling.give(resource);
                resource = resource.route(handling.route(mounted.method.clone()));
            }
            let allowed = allowed(&entries);
            let refusal = web::to(move || refuse(allowed.clone()));
            let handling = &entries[0].handling;
            config.service(resource.default_service(handling.wrapped(refusal)));
        }
        let rest = self.rest.give(web::resource("/{rest:.*}"));
        config.service(rest.route(self.rest.route(None)));
        config.default_service(web::to(|| std::future::ready(nowhere())));
    }
}

/// The answer to what is no path at all.
fn nowhere() -> Response {
    Problem::malformed("expected a request for a path").into_response()
}

async fn refuse(allowed: String) -> Response {
    ([("allow", allowed)], problem::method_not_allowed()).into_response()
}

/// The methods that a path takes, as `Allow` lists them.
fn allowed(entries: &[&Entry]) -> String {
    let methods = entries.iter().filter_map(|it| it.mounted.method.as_ref());
    let named = methods.map(|method| match *method {
        Method::GET => "GET,HEAD",
        ref method => method.as_str(),
    });
    named.collect::<Vec<_>>().join(",")
}

/// A path by how specific it is, segment by segment.
#[derive(PartialEq, Eq)]
struct Specific<'a>(&'a str);

impl Specific<'_> {
    fn segments(&self) -> impl Iterator<Item = (u8, &str)> {
        self.0.split('/').map(|segment| (breadth(segment), segment))
    }
}

impl Ord for Specific<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.segments().cmp(other.segments())
    }
}

impl PartialOrd for Specific<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A path without the names of its parameters: what it takes.
fn shape(path: &str) -> Vec<&str> {
    let segments = path.split('/').map(|segment| match breadth(segment) {
        2 => "{*}",
        1 => "{}",
        _ => segment,
    });
    segments.collect()
}

/// How much a segment of a path takes: 0 itself, 1 any segment, 2 all that follows.
fn breadth(segment: &str) -> u8 {
    match segment {
        rest if rest.starts_with("{*") => 2,
        parameter if parameter.starts_with('{') => 1,
        _ => 0,
    }
}

/// As the framework spells it.
fn pattern(path: &str) -> String {
    match path.split_once("{*") {
        Some((before, rest)) => format!("{before}{{{}:.+}}", rest.trim_end_matches('}')),
        None => path.to_owned(),
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
