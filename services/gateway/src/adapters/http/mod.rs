//! The front: who asks, may they, how often; then on to the service, or the web app.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::middleware::from_fn;
use skeleton_durable::clock::Clock;
use skeleton_host::{
    auth::TokenSigner,
    http::{Method, Request, Response, Routes, State, routes},
    problem,
    shutdown::Shutdown,
    upstream::Upstream,
};

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
pub(crate) fn routes(front: Front) -> Routes {
    let app = Arc::new(front);
    own()
        .on(Method::GET, "/api/v1/docs/style.css", docs::style)
        .on(Method::GET, "/.well-known/jwks.json", keys::get_keys)
        .merge(forwarded())
        .merge(operations::routes())
        .any("/api", problem::not_found_route)
        .any("/api/{*rest}", problem::not_found_route)
        .any("/internal", problem::not_found_route)
        .any("/internal/{*rest}", problem::not_found_route)
        .rest(assets::serve)
        .wrap(|route| {
            let route = route.wrap(from_fn(compression::compress));
            let route = route.wrap(from_fn(hosts::check));
            route.wrap(from_fn(security_headers::add))
        })
        .with_state(app)
}

fn own() -> Routes<App> {
    routes![
        live_stream::stream_events,
        document::get_openapi,
        docs::get_docs,
    ]
}

/// The route table as routes: each is mounted, so that logs and metrics name it.
fn forwarded() -> Routes<App> {
    let mut routes = Routes::new();
    for route in ROUTES {
        let service = route.service;
        let handler = async move |State(app): State<App>, request: Request| -> Response {
            forward::forward(&app, service, request).await
        };
        let mount = |routes: Routes<App>, path: &str| match route.method {
            Some("GET") => routes.on(Method::GET, path, handler),
            Some("POST") => routes.on(Method::POST, path, handler),
            _ => routes.any(path, handler),
        };
        routes = match route.path.strip_suffix("/**") {
            Some(prefix) => mount(mount(routes, prefix), &format!("{prefix}/{{*rest}}")),
            None => mount(routes, route.path),
        };
    }
    routes
}
