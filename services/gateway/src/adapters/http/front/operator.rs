//! The operator's token is accepted only over a connection from this machine, without a proxy or a
//! browser in between. It names no account: the request does, by an e-mail address.

use std::sync::Arc;

use actix_web::{
    Error,
    body::BoxBody,
    dev::{RequestHead, ServiceRequest, ServiceResponse},
    middleware::Next,
};
use skeleton_host::{
    http::{IntoResponse, header},
    problem::Problem,
};

use super::{
    Front,
    client::{is_forwarding, peer},
    identify::bearer,
    same_origin::FETCH_SITE,
};

/// Names the account, by its e-mail address, for which the operator acts.
pub const ACCOUNT_HEADER: &str = "kith-account";

/// Whether the request comes from the operator.
pub(super) fn is_operator(front: &Front, request: &RequestHead) -> bool {
    let headers = &request.headers;
    let is_direct = peer(request).is_loopback()
        && !headers.keys().any(is_forwarding)
        && !headers.contains_key(header::ORIGIN)
        && !headers.contains_key(&FETCH_SITE);
    let (operator, given) = (&front.app.operator, bearer(headers));
    let is_its = matches!((operator, given), (Some(its), Ok(Some(given))) if its.accepts(&given));
    is_direct && is_its
}

/// Lets nobody else through.
pub(crate) async fn operators_only(
    front: Arc<Front>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    if is_operator(&front, request.head()) {
        return next.call(request).await;
    }
    let problem = Problem::unauthenticated(
        "this is for the operator of the machine, with the token, on this machine directly",
    );
    Ok(request.into_response(problem.into_response()))
}
