//! The API: one endpoint, one file.

use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Routes, routes},
};

use crate::application::App;

mod bodies;
mod create_thing;
mod get_activity;
mod get_thing;
mod list_things;
mod problems;
mod rename_thing;

/// The guarded API.
pub(crate) fn routes(app: App, tokens: TokenVerifier) -> Routes {
    let routes = routes![
        create_thing::create_thing,
        list_things::list_things,
        get_thing::get_thing,
        rename_thing::rename_thing,
        get_activity::get_thing_activity,
    ];
    RequireCaller::new(tokens).guard(routes.with_state(app))
}
