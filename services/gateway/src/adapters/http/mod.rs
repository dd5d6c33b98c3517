//! The table of routes: one endpoint, one file. What stands in front of them is in [`front`].

use std::sync::Arc;

use skeleton_host::{
    http::{Method, Request, Response, Routes, State, routes},
    problem,
};

use self::front::{Front, operator::operators_only};
use crate::domain::routes::ROUTES;

mod bodies;
mod forward;
pub(crate) mod front;
mod get_docs;
mod get_docs_style;
pub(crate) mod get_file;
mod get_keys;
mod get_openapi;
mod list_services;
mod list_tasks;
mod operate_service;
mod problems;
mod put_task;
mod set_epoch;
mod stream_events;
mod take_lease;

/// Everything that is answered.
pub(crate) fn routes(front: Front) -> Routes {
    let front = Arc::new(front);
    let own = {
        let front = front.clone();
        move || front.clone()
    };
    described()
        .on(
            Method::GET,
            "/api/v1/docs/style.css",
            get_docs_style::get_docs_style,
        )
        .on(Method::GET, "/.well-known/jwks.json", get_keys::get_keys)
        .merge(forwarded())
        .merge(operated().wrap(own.clone(), operators_only))
        .any("/api", problem::not_found_route)
        .any("/api/{*rest}", problem::not_found_route)
        .any("/internal", problem::not_found_route)
        .any("/internal/{*rest}", problem::not_found_route)
        .rest(get_file::get_file)
        .wrap(own, front::stand_in_front)
        .with_state(front)
}

/// What the gateway itself adds to the published API.
fn described() -> Routes<Arc<Front>> {
    routes![
        stream_events::stream_events,
        get_openapi::get_openapi,
        get_docs::get_docs,
    ]
}

/// What is for the operator alone.
fn operated() -> Routes<Arc<Front>> {
    Routes::new()
        .on(
            Method::GET,
            "/operator/v1/services",
            list_services::list_services,
        )
        .on(Method::GET, "/operator/v1/tasks", list_tasks::list_tasks)
        .on(
            Method::POST,
            "/operator/v1/tasks/lease",
            take_lease::take_lease,
        )
        .on(Method::PUT, "/operator/v1/tasks/{name}", put_task::put_task)
        .on(Method::PUT, "/operator/v1/epoch", set_epoch::set_epoch)
        .any(
            "/operator/v1/services/{name}/{*rest}",
            operate_service::operate_service,
        )
}

/// The route table as routes: each is mounted, so that logs and metrics name it.
fn forwarded() -> Routes<Arc<Front>> {
    let mut routes = Routes::new();
    for route in ROUTES {
        let service = route.service;
        let handler = async move |State(front): State<Arc<Front>>, request: Request| -> Response {
            forward::forward(&front, service, request).await
        };
        let mount = |routes: Routes<Arc<Front>>, path: &str| match route.method {
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
