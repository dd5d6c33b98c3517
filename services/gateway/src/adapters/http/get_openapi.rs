//! `GET /api/v1/openapi.json`: the description of the whole API.

use skeleton_host::http::{IntoResponse, Response, header};

use crate::domain::openapi::DOCUMENT;

/// This document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "documentation", security(()),
    responses((status = 200, content_type = "application/json", body = Object))
)]
pub(super) async fn get_openapi() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, DOCUMENT).into_response()
}
