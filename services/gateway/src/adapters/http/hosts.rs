//! Refuses requests for a host that is none of ours; see [`crate::hosts`].

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use skeleton_host::{problem::Problem, product::SETTINGS_PREFIX};

use super::App;

/// The public keys: services ask for them under whatever name the gateway has among them.
const KEYS: &str = "/.well-known/jwks.json";
/// Characters of a host that are said back.
const SHOWN: usize = 100;

/// Answers only what asks for one of our names. A request that names no host at all is no browser's.
pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path() == KEYS {
        return next.run(request).await;
    }
    if request.headers().get_all(header::HOST).iter().count() > 1 {
        return Problem::malformed("expected one host header, found several").into_response();
    }
    let (parts, body) = request.into_parts();
    match app.proxies.client(&parts).host {
        Some(host) if !app.hosts.accepts(&host) => misdirected(&host),
        _ => next.run(Request::from_parts(parts, body)).await,
    }
}

fn misdirected(host: &str) -> Response {
    let shown: String = host.chars().take(SHOWN).collect();
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "misdirected",
        "this host is not served here",
    )
    .with_detail(format!(
        "nothing is answered for the host {shown:?}; whoever runs this instance can name it in \
         {SETTINGS_PREFIX}HOSTS or {SETTINGS_PREFIX}PUBLIC_URL, or it can be asked by its IP address"
    ))
    .into_response()
}
