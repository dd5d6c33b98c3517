//! The API: one endpoint, one file.

mod add_person;
mod bodies;
mod cancel_import;
mod create_import;
mod edit_person;
mod get_import;
mod get_person;
mod get_receipt;
mod list_imports;
mod list_records;
mod merge_people;
mod problems;
mod take_out_record;
mod unmerge_people;

use std::sync::Arc;

use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Routes, routes},
};

use crate::application;

type App = Arc<application::App>;

/// The guarded API.
pub(crate) fn routes(app: App, tokens: TokenVerifier) -> Routes {
    let routes = routes![
        list_imports::list_imports,
        create_import::create_import,
        get_import::get_import,
        cancel_import::cancel_import,
        get_receipt::get_receipt,
        add_person::add_person,
        get_person::get_person,
        edit_person::edit_person,
        list_records::list_records,
        take_out_record::take_out_record,
        merge_people::merge_people,
        unmerge_people::unmerge_people,
    ];
    RequireCaller::new(tokens).guard(routes.with_state(app))
}
