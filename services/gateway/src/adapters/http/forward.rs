//! A request on its way to a service: checked, limited, and stripped of what is the caller's own.

use jiff::Timestamp;
use kith_shared::scopes::PROVEN_SIGN_UP;
use secrecy::SecretString;
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    http::{
        HeaderMap, HeaderName, HeaderValue, IntoResponse, Method, Request, Response, StatusCode,
        Uri, header, to_bytes,
    },
    problem::Problem,
};
use uuid::Uuid;

use super::front::{
    Front,
    client::{Client, is_forwarding},
    compression, cookies, identify, limits,
    operator::ACCOUNT_HEADER,
    same_origin::{self, Origin},
};
use crate::{adapters::services::bearer, domain::routes};

/// The answer to a sign-in is small.
const SIGN_IN_LIMIT_BYTES: usize = 64 * 1024;
const SESSIONS: &str = "/api/v1/sessions";
const ACCOUNTS: &str = "/api/v1/accounts";

/// Passes a request on to `service`, if it may.
pub(crate) async fn forward(front: &Front, service: &'static str, request: Request) -> Response {
    let client = front.proxies.client(request.head());
    let allowance = match front.app.limits.address(client.address) {
        Ok(allowance) => allowance,
        Err(exceeded) => return limits::refuse(exceeded),
    };
    if routes::is_ambiguous(request.uri().path()) {
        return Problem::malformed("the path has segments that climb or encoded slashes")
            .into_response();
    }
    if routes::is_public(request.method().as_str(), request.uri().path()) {
        return public(front, service, request, &client).await;
    }
    let identity = match identify::identify(front, request.head(), &client).await {
        Ok(identity) => identity,
        Err(problem) => {
            let mut response = problem.into_response();
            limits::tell(allowance, response.headers_mut());
            return response;
        }
    };
    let caller = identity.caller;
    let allowance = match front.app.limits.account(caller.account) {
        Ok(allowance) => allowance,
        Err(exceeded) => return limits::refuse(exceeded),
    };
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = send(front, service, request, Some(&caller)).await;
    limits::tell(allowance, response.headers_mut());
    let may_end_sessions = path.starts_with(SESSIONS) || path.starts_with("/api/v1/me");
    if may_end_sessions && !identify::is_safe(&method) {
        front.app.sessions.forget(caller.account);
    }
    if method == Method::DELETE
        && response.status().is_success()
        && (path == SESSIONS || path == "/api/v1/me")
    {
        let cleared = cookies::clear(client.is_https);
        response.headers_mut().append(header::SET_COOKIE, cleared);
    }
    response
}

/// Sign-up and sign-in: nobody is known yet, so another site's page must not be able to do it.
async fn public(
    front: &Front,
    service: &'static str,
    request: Request,
    client: &Client,
) -> Response {
    let allowance = match front.app.limits.sign_in(client.address).await {
        Ok(allowance) => allowance,
        Err(exceeded) => return limits::refuse(exceeded),
    };
    if same_origin::origin(request.headers(), client.host.as_deref()) == Origin::Foreign {
        return Problem::forbidden("this must come from a page of this site").into_response();
    }
    let is_sign_in = request.uri().path() == SESSIONS;
    let is_sign_up = request.uri().path() == ACCOUNTS;
    let vouched = (is_sign_up && front.trusts_local_sign_ups && client.is_here).then(|| Caller {
        account: Uuid::nil(),
        session: Uuid::nil(),
        scopes: vec![PROVEN_SIGN_UP.to_owned()],
    });
    let mut response = send(front, service, request, vouched.as_ref()).await;
    if is_sign_in && response.status() == StatusCode::CREATED {
        response = match with_cookie(response, client.is_https, front.app.clock.now()).await {
            Ok(response) => response,
            Err(problem) => problem.into_response(),
        };
    }
    limits::tell(allowance, response.headers_mut());
    response
}

pub(super) async fn send(
    front: &Front,
    service: &'static str,
    mut request: Request,
    caller: Option<&Caller>,
) -> Response {
    let Some(upstream) = front.upstreams.get(service) else {
        tracing::error!(service, "the route table names a service that is not here");
        return Problem::unavailable(std::time::Duration::from_secs(30)).into_response();
    };
    strip(request.headers_mut());
    compression::unmark(request.headers_mut());
    if let Some(path) = request.uri().path_and_query().cloned() {
        request.head_mut().uri = Uri::from(path);
    }
    if let Some(caller) = caller {
        let signed = front.signer.sign(caller, service);
        request
            .headers_mut()
            .insert(header::AUTHORIZATION, bearer(&signed));
    }
    let mut response = upstream.call(request).await;
    let headers = response.headers_mut();
    // Cookies are the gateway's alone.
    headers.remove(header::SET_COOKIE);
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// What a service must not see, or must not be told by a stranger.
fn strip(headers: &mut HeaderMap) {
    headers.remove(header::COOKIE);
    headers.remove(header::AUTHORIZATION);
    headers.remove(ACCOUNT_HEADER);
    let forwarding: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_forwarding(name))
        .cloned()
        .collect();
    for name in forwarding {
        headers.remove(name);
    }
}

#[derive(Deserialize)]
struct SignedIn {
    token: SecretString,
    expires_at: Timestamp,
}

/// The answer to a sign-in, with the cookie for a browser.
async fn with_cookie(
    response: Response,
    is_https: bool,
    now: Timestamp,
) -> Result<Response, Problem> {
    let (mut response, body) = response.into_parts();
    let body = to_bytes(body, SIGN_IN_LIMIT_BYTES)
        .await
        .map_err(|error| Problem::internal(&error))?;
    let signed_in: SignedIn =
        serde_json::from_slice(&body).map_err(|error| Problem::internal(&error))?;
    let seconds = signed_in.expires_at.duration_since(now).as_secs();
    if let Some(cookie) = cookies::set(&signed_in.token, is_https, seconds) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response.set_body(body).map_into_boxed_body())
}
