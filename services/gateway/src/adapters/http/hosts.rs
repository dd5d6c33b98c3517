//! Refuses requests for a host that is none of ours; see [`crate::hosts`].

use actix_web::{
    Error,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use skeleton_host::{
    http::{IntoResponse, State, StatusCode, header},
    problem::Problem,
    product::SETTINGS_PREFIX,
};

use super::App;

/// The public keys: services ask for them under whatever name the gateway has among them.
const KEYS: &str = "/.well-known/jwks.json";
/// Characters of a host that are said back.
const SHOWN: usize = 100;

/// Answers only what asks for one of our names. A request that names no host at all is no browser's.
pub(super) async fn check(
    State(app): State<App>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    match refusal(&app, &request) {
        Some(problem) => Ok(request.into_response(problem.into_response())),
        None => next.call(request).await,
    }
}

fn refusal(app: &App, request: &ServiceRequest) -> Option<Problem> {
    if request.uri().path() == KEYS {
        return None;
    }
    if request.headers().get_all(header::HOST).count() > 1 {
        return Some(Problem::malformed(
            "expected one host header, found several",
        ));
    }
    let host = app.proxies.client(request.head()).host?;
    (!app.hosts.accepts(&host)).then(|| misdirected(&host))
}

fn misdirected(host: &str) -> Problem {
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
}
