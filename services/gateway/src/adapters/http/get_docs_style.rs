//! `GET /api/v1/docs/style.css`: how the description of the API looks.

use skeleton_host::http::{IntoResponse, Response, header};

/// The style sheet, committed beside this crate's `Cargo.toml`.
pub(super) async fn get_docs_style() -> Response {
    let style = include_str!("../../../docs.css");
    ([(header::CONTENT_TYPE, "text/css")], style).into_response()
}
