//! HTTP: one endpoint, one file; the table of routes.

mod bodies;
mod list_organisations;
mod list_people;
mod problems;

use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Routes, routes},
};

use crate::application::App;

/// The guarded API.
pub(crate) fn routes(app: App, tokens: TokenVerifier) -> Routes {
    let routes = routes![
        list_people::list_people,
        list_organisations::list_organisations
    ];
    RequireCaller::new(tokens).guard(routes.with_state(app))
}
