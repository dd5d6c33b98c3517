//! HTTP: one endpoint, one file.

use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Routes, routes},
};

use crate::application::Deps;

mod annotations;
mod dto;
mod get_paths;
mod neighbourhood;
mod ties;

/// The guarded API.
pub(crate) fn routes(deps: Deps, tokens: TokenVerifier) -> Routes {
    let routes = routes![
        get_paths::get_paths,
        ties::list_ties,
        neighbourhood::get_neighbourhood,
        annotations::get_annotations,
        annotations::put_tag,
        annotations::delete_tag,
        annotations::add_note,
        annotations::delete_note,
    ];
    RequireCaller::new(tokens).guard(routes.with_state(deps))
}
