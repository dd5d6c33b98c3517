//! The front: who asks, may they, how often; then on to the service, or the web app.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    middleware,
    response::Response,
    routing::{MethodFilter, MethodRouter, any, on},
};
use skeleton_durable::clock::Clock;
use skeleton_host::{
    auth::TokenSigner,
    problem::{self, Problem},
    shutdown::Shutdown,
    upstream::Upstream,
};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    application::{limits::Limits, live::Live, sessions::Sessions},
    hosts::Hosts,
    ports::Store,
    routes::ROUTES,
};

pub(crate) mod assets;
mod client;
mod compression;
mod cookies;
mod docs;
mod document;
mod forward;
mod hosts;
mod identify;
mod keys;
mod limits;
mod live_stream;
mod operations;
pub(crate) mod operator;
mod same_origin;
mod security_headers;

/// Everything that the front works with.
pub(crate) struct Front {
    pub(crate) upstreams: BTreeMap<&'static str, Upstream>,
    pub(crate) signer: Arc<TokenSigner>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) operator: Option<operator::Operator>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) proxies: Proxies,
    pub(crate) hosts: Hosts,
    /// Whether a sign-up from this machine itself proves its address.
    pub(crate) trusts_local_sign_ups: bool,
    pub(crate) live: Live,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) assets: assets::Assets,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) shutdown: Shutdown,
}

pub(crate) use client::Proxies;

type App = Arc<Front>;

/// The whole front.
pub(crate) fn router(front: Front) -> Router {
    let app = Arc::new(front);
    let (own, _) = own().split_for_parts();
    own.route("/api/v1/docs/style.css", axum::routing::get(docs::style))
        .route("/.well-known/jwks.json", axum::routing::get(keys::get_keys))
        .merge(forwarded())
        .merge(operations::router(app.clone()))
        .route("/api", any(problem::not_found_route))
        .route("/api/{*rest}", any(problem::not_found_route))
        .route("/internal", any(problem::not_found_route))
        .route("/internal/{*rest}", any(problem::not_found_route))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .fallback(assets::serve)
        .layer(middleware::from_fn(compression::compress))
        .layer(middleware::from_fn_with_state(app.clone(), hosts::check))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            security_headers::add,
        ))
        .with_state(app)
}

fn own() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(live_stream::stream_events))
        .routes(routes!(document::get_openapi))
        .routes(routes!(docs::get_docs))
}

/// The description of what the gateway itself answers.
pub(crate) fn own_openapi() -> OpenApi {
    own().into_openapi()
}

/// The route table as routes: each is mounted, so that logs and metrics name it.
fn forwarded() -> Router<App> {
    let mut router = Router::new();
    for route in ROUTES {
        let service = route.service;
        let handler = async move |State(app): State<App>, request: Request| -> Response {
            forward::forward(&app, service, request).await
        };
        let methods = || -> MethodRouter<App> {
            match route.method {
                Some("GET") => on(MethodFilter::GET, handler),
                Some("POST") => on(MethodFilter::POST, handler),
                _ => any(handler),
            }
        };
        if let Some(prefix) = route.path.strip_suffix("/**") {
            router = router
                .route(prefix, methods())
                .route(&format!("{prefix}/{{*rest}}"), methods());
        } else {
            router = router.route(route.path, methods());
        }
    }
    router
}

/// What a failure of the gateway's own store means to a caller.
fn store_problem(error: &skeleton_durable::commit::CommitError) -> Problem {
    use skeleton_durable::commit::CommitError;
    match error {
        CommitError::Unavailable(_) => Problem::unavailable(std::time::Duration::from_secs(2)),
        _ => Problem::internal(error),
    }
}
