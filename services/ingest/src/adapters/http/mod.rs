//! The API: one endpoint one file.

mod add_person;
mod cancel_import;
mod create_import;
mod edit_person;
mod get_import;
mod get_person;
mod get_receipt;
mod list_imports;
mod list_records;
mod merge_people;
mod person_view;
mod problems;
mod unmerge_people;
mod upload_form;

use std::sync::Arc;

use axum::Router;
use skeleton_host::auth::{RequireCaller, TokenVerifier};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    application::{
        cancel_import::CancelImport, change_book::ChangeBook, list_imports::ListImports,
        load_person::LoadPerson, upload_import::UploadImport,
    },
    ports::IngestStore,
};

/// What the endpoints can ask for.
pub(crate) struct App {
    pub(crate) upload: UploadImport,
    pub(crate) cancel: CancelImport,
    pub(crate) imports: ListImports,
    pub(crate) people: LoadPerson,
    pub(crate) book: ChangeBook,
    pub(crate) store: Arc<dyn IngestStore>,
}

type Shared = Arc<App>;

/// The guarded API and its description.
pub(crate) fn router(app: App, tokens: TokenVerifier) -> (Router, OpenApi) {
    let (router, mut openapi) = OpenApiRouter::new()
        .routes(routes!(
            list_imports::list_imports,
            create_import::create_import
        ))
        .routes(routes!(
            get_import::get_import,
            cancel_import::cancel_import
        ))
        .routes(routes!(get_receipt::get_receipt))
        .routes(routes!(add_person::add_person))
        .routes(routes!(get_person::get_person, edit_person::edit_person))
        .routes(routes!(list_records::list_records))
        .routes(routes!(merge_people::merge_people))
        .routes(routes!(unmerge_people::unmerge_people))
        .split_for_parts();
    openapi.info.title = "ingest".to_owned();
    let guarded = RequireCaller::new(tokens).guard(router.with_state(Arc::new(app)));
    (guarded, openapi)
}
