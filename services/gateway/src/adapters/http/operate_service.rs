//! `/operator/v1/services/{name}/…`: the operator's way to what every service tells operators. No
//! part of the published API.
//!
//! A service hears of no account and no session, only of the scope `operator` in a token that the
//! gateway signs here and nowhere else.

use std::sync::Arc;

use skeleton_host::{
    auth::Caller,
    http::{IntoResponse, Request, Response, State, Uri},
    problem::{Path, Problem},
};
use skeleton_service::operations::SCOPE;
use uuid::Uuid;

use super::{forward, front::Front};
use crate::domain::routes;

/// `/operator/v1/services/{name}/parked` is `/operator/v1/parked` of that service.
pub(super) async fn operate_service(
    State(front): State<Arc<Front>>,
    Path((name, _)): Path<(String, String)>,
    mut request: Request,
) -> Response {
    if routes::is_ambiguous(request.uri().path()) {
        return Problem::malformed("the path has segments that climb or encoded slashes")
            .into_response();
    }
    let Some(service) = front.upstreams.keys().find(|known| **known == name) else {
        return Problem::not_found("service").into_response();
    };
    match below(request.uri(), service) {
        Some(uri) => request.head_mut().uri = uri,
        None => return Problem::malformed("the path cannot be passed on").into_response(),
    }
    let operator = Caller {
        account: Uuid::nil(),
        session: Uuid::nil(),
        scopes: vec![SCOPE.to_owned()],
    };
    forward::send(&front, service, request, Some(&operator)).await
}

/// What is asked of the service itself, as it was spelt.
fn below(uri: &Uri, service: &str) -> Option<Uri> {
    let asked = uri.path_and_query()?.as_str();
    let rest = asked.strip_prefix("/operator/v1/services/")?;
    let rest = rest.strip_prefix(service)?;
    format!("/operator/v1{rest}").parse().ok()
}
