//! Who asks: a bearer token, the session cookie, or the operator of this machine.

use actix_web::dev::RequestHead;
use secrecy::SecretString;
use skeleton_host::{
    auth::Caller,
    http::{HeaderMap, Method, header},
    problem::Problem,
};
use uuid::Uuid;

use super::{
    Front, cookies,
    operator::{ACCOUNT_HEADER, is_operator},
    same_origin::{self, Origin},
};
use crate::{adapters::http::problems, application::operator::Operator};

/// What a request's own token proved.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) caller: Caller,
    /// How to ask again, for requests that last.
    pub(crate) token: Option<SecretString>,
}

/// Whether a method changes nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The caller of a request that needs one.
///
/// # Errors
/// 401 for nobody, 403 for a change that another site's page asked for.
pub(crate) async fn identify(front: &Front, request: &RequestHead) -> Result<Identity, Problem> {
    let headers = &request.headers;
    if let Some(token) = bearer(headers)? {
        if Operator::is_meant(&token) {
            return operator(front, request).await;
        }
        return session(front, &request.method, token).await;
    }
    let token = cookies::token(headers, front.proxies.is_https(request))
        .ok_or_else(|| Problem::unauthenticated("there is no session: sign in"))?;
    if !is_safe(&request.method)
        && same_origin::origin(headers, front.proxies.host(request)) != Origin::Own
    {
        return Err(Problem::forbidden(
            "a change with a cookie must come from a page of this site; programs send \
             Authorization: Bearer instead",
        ));
    }
    session(front, &request.method, token).await
}

async fn session(front: &Front, method: &Method, token: SecretString) -> Result<Identity, Problem> {
    let sessions = &front.app.sessions;
    let caller = if is_safe(method) {
        sessions.reader(&token).await
    } else {
        sessions.writer(&token).await
    };
    let caller = caller.map_err(problems::session)?;
    Ok(Identity {
        caller,
        token: Some(token),
    })
}

async fn operator(front: &Front, request: &RequestHead) -> Result<Identity, Problem> {
    if !is_operator(front, request) {
        return Err(Problem::unauthenticated(
            "this operator token is not the one of now, or not used on this machine directly",
        ));
    }
    let email = request
        .headers
        .get(ACCOUNT_HEADER)
        .and_then(|value| value.to_str().ok());
    let email = email.ok_or_else(|| {
        Problem::malformed(format!(
            "expected {ACCOUNT_HEADER}: the account's e-mail address"
        ))
    })?;
    let found = front.app.find_account(email.trim()).await;
    let account = found
        .map_err(problems::store)?
        .ok_or_else(|| Problem::not_found(&format!("account: {email}")))?;
    let caller = Caller {
        account,
        session: Uuid::nil(),
        scopes: Vec::new(),
    };
    Ok(Identity {
        caller,
        token: None,
    })
}

/// The bearer token, if there is an authorization at all.
///
/// # Errors
/// 401 for an authorization of another kind.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<SecretString>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let text = value.to_str().ok().and_then(|text| text.split_once(' '));
    text.filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty())
        .map(|(_, token)| Some(SecretString::from(token.trim())))
        .ok_or_else(|| Problem::unauthenticated("expected authorization: Bearer <token>"))
}
