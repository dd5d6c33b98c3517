//! `/operator/v1/services/…`: the operator's way to what every service tells operators. No part of
//! the published API.
//!
//! A service hears of no account and no session, only of the scope `operator` in a token that the
//! gateway signs here and nowhere else.

use actix_web::{
    Error,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
};
use serde::Serialize;
use skeleton_host::{
    auth::Caller,
    health::CheckResult,
    http::{IntoResponse, Method, Request, Response, Routes, State, Uri},
    problem::{Json, Path, Problem},
};
use skeleton_service::operations::SCOPE;
use uuid::Uuid;

use super::{App, forward};
use crate::routes;

#[derive(Serialize)]
struct Services {
    items: Vec<Service>,
}

#[derive(Serialize)]
struct Service {
    name: &'static str,
    /// Whether at least one replica is; within this process it is as ready as the process.
    ready: bool,
    replicas: Vec<Replica>,
}

#[derive(Serialize)]
struct Replica {
    address: String,
    ready: bool,
    checks: Vec<CheckResult>,
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .on(Method::GET, "/operator/v1/services", list)
        .any("/operator/v1/services/{name}/{*rest}", pass_on)
        .wrap(|route| route.wrap(from_fn(operators_only)))
}

async fn operators_only(
    State(app): State<App>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let operator = app.operator.as_ref();
    if operator.is_some_and(|operator| operator.accepts(request.head())) {
        return next.call(request).await;
    }
    let problem = Problem::unauthenticated(
        "this is for the operator of the machine, with the token, on this machine directly",
    );
    Ok(request.into_response(problem.into_response()))
}

async fn list(State(app): State<App>) -> Json<Services> {
    let asked = app.upstreams.iter().map(|(name, upstream)| async {
        let replicas = upstream.readiness().await.into_iter();
        let replicas: Vec<Replica> = replicas
            .map(|replica| Replica {
                address: replica.address,
                ready: replica.ready,
                checks: replica.checks,
            })
            .collect();
        Service {
            name,
            ready: replicas.is_empty() || replicas.iter().any(|replica| replica.ready),
            replicas,
        }
    });
    let items = futures::future::join_all(asked).await;
    Json(Services { items })
}

/// `/operator/v1/services/{name}/parked` is `/operator/v1/parked` of that service.
async fn pass_on(
    State(app): State<App>,
    Path((name, _)): Path<(String, String)>,
    mut request: Request,
) -> Response {
    if routes::is_ambiguous(request.uri().path()) {
        return Problem::malformed("the path has segments that climb or encoded slashes")
            .into_response();
    }
    let Some(service) = app.upstreams.keys().find(|known| **known == name) else {
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
    forward::send(&app, service, request, Some(&operator)).await
}

/// What is asked of the service itself, as it was spelt.
fn below(uri: &Uri, service: &str) -> Option<Uri> {
    let asked = uri.path_and_query()?.as_str();
    let rest = asked.strip_prefix("/operator/v1/services/")?;
    let rest = rest.strip_prefix(service)?;
    format!("/operator/v1{rest}").parse().ok()
}
