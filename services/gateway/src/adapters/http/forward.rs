//! A request on its way to a service: checked, limited, and stripped of what is the caller's own.

use std::net::IpAddr;

use jiff::Timestamp;
use kith_shared::scopes::PROVEN_SIGN_UP;
use secrecy::SecretString;
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    http::{
        HeaderMap, HeaderValue, IntoResponse, Method, Request, Response, StatusCode, Uri, header,
        to_bytes,
    },
    problem::Problem,
};
use uuid::Uuid;

use super::front::{
    Front,
    client::{is_forwarding, is_from_here},
    compression, cookies, identify, limits,
    operator::ACCOUNT_HEADER,
    same_origin::{self, Origin},
};
use crate::domain::{epoch::Epoch, routes};

/// The answer to a sign-in is small.
const SIGN_IN_LIMIT_BYTES: usize = 64 * 1024;
const SESSIONS: &str = "/api/v1/sessions";
const ACCOUNTS: &str = "/api/v1/accounts";
const ME: &str = "/api/v1/me";

/// Passes a request on to `service`, if it may.
pub(crate) async fn forward(front: &Front, service: &'static str, request: Request) -> Response {
    let address = front.proxies.address(request.head());
    let allowance = match front.app.limits.address(address) {
        Ok(allowance) => allowance,
        Err(exceeded) => return limits::refuse(exceeded),
    };
    if routes::is_ambiguous(request.uri().path()) {
        return Problem::malformed("the path has segments that climb or encoded slashes")
            .into_response();
    }
    if routes::is_public(request.method().as_str(), request.uri().path()) {
        return public(front, service, request, address).await;
    }
    let identity = match identify::identify(front, request.head()).await {
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
    let path = request.uri().path();
    let may_end_sessions = !identify::is_safe(request.method())
        && (path.starts_with(SESSIONS) || path.starts_with(ME));
    let signs_out = *request.method() == Method::DELETE && (path == SESSIONS || path == ME);
    let is_https = front.proxies.is_https(request.head());
    let mut response = send(front, service, request, Some(&caller)).await;
    limits::tell(allowance, response.headers_mut());
    if may_end_sessions {
        front.app.sessions.forget(caller.account);
    }
    if signs_out && response.status().is_success() {
        let cleared = cookies::clear(is_https);
        response.headers_mut().append(header::SET_COOKIE, cleared);
    }
    response
}

/// Sign-up and sign-in: nobody is known yet, so another site's page must not be able to do it.
async fn public(
    front: &Front,
    service: &'static str,
    request: Request,
    address: IpAddr,
) -> Response {
    let allowance = match front.app.limits.sign_in(address).await {
        Ok(allowance) => allowance,
        Err(exceeded) => return limits::refuse(exceeded),
    };
    let host = front.proxies.host(request.head());
    if same_origin::origin(request.headers(), host) == Origin::Foreign {
        return Problem::forbidden("this must come from a page of this site").into_response();
    }
    let is_sign_in = request.uri().path() == SESSIONS;
    let is_sign_up = request.uri().path() == ACCOUNTS;
    let is_proven = is_sign_up && front.trusts_local_sign_ups && is_from_here(request.head());
    let is_https = front.proxies.is_https(request.head());
    let vouched = is_proven.then(|| Caller {
        account: Uuid::nil(),
        session: Uuid::nil(),
        scopes: vec![PROVEN_SIGN_UP.to_owned()],
    });
    let mut response = send(front, service, request, vouched.as_ref()).await;
    if is_sign_in && response.status() == StatusCode::CREATED {
        response = match with_cookie(response, is_https, front.app.clock.now()).await {
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
    let epoch = front.app.epoch.get();
    if let Err(problem) = of_this_epoch(&epoch, request.headers_mut()) {
        return problem.into_response();
    }
    if let Some(caller) = caller {
        let signed = front.signer.authorization(caller, service);
        request.headers_mut().insert(header::AUTHORIZATION, signed);
    }
    let mut response = upstream.call(request).await;
    let headers = response.headers_mut();
    if let Some(tag) = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok())
        && let Ok(marked) = HeaderValue::from_str(&epoch.marked(tag))
    {
        headers.insert(header::ETAG, marked);
    }
    // Cookies are the gateway's alone.
    headers.remove(header::SET_COOKIE);
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Tags that the caller read, as the service knows them. What was read before the stores were restored
/// is no ground to write on, and nothing that could still be current.
fn of_this_epoch(epoch: &Epoch, headers: &mut HeaderMap) -> Result<(), Problem> {
    for name in [header::IF_MATCH, header::IF_NONE_MATCH] {
        let Some(tags) = headers.get(&name).and_then(|tags| tags.to_str().ok()) else {
            continue;
        };
        let known = if name == header::IF_MATCH {
            epoch.guards(tags)
        } else {
            epoch.known(tags)
        };
        match known.as_deref().map(HeaderValue::from_str) {
            Some(Ok(known)) => {
                headers.insert(name, known);
            }
            _ if name == header::IF_MATCH => return Err(Problem::restored_meanwhile()),
            _ => {
                headers.remove(name);
            }
        }
    }
    Ok(())
}

/// What a service must not see, or must not be told by a stranger.
fn strip(headers: &mut HeaderMap) {
    headers.retain(|name, _| {
        let is_own =
            *name == header::COOKIE || *name == header::AUTHORIZATION || *name == ACCOUNT_HEADER;
        !is_own && !is_forwarding(name)
    });
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
