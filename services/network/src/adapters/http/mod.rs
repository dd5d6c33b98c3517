//! HTTP: one endpoint, one file; the table of routes.

use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Routes, routes},
};

use crate::application::App;

mod add_note;
mod bodies;
mod delete_note;
mod delete_tag;
mod get_annotations;
mod get_neighbourhood;
mod get_paths;
mod list_ties;
mod problems;
mod put_tag;

/// The guarded API.
pub(crate) fn routes(app: App, tokens: TokenVerifier) -> Routes {
    let routes = routes![
        get_paths::get_paths,
        list_ties::list_ties,
        get_neighbourhood::get_neighbourhood,
        get_annotations::get_annotations,
        put_tag::put_tag,
        delete_tag::delete_tag,
        add_note::add_note,
        delete_note::delete_note,
    ];
    RequireCaller::new(tokens).guard(routes.with_state(app))
}
