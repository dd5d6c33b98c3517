//! `POST /imports`: bring a file.

use std::io;

use axum::{
    extract::{
        Multipart, State,
        multipart::{Field, MultipartRejection},
    },
    response::{IntoResponse, Response},
};
use futures::TryStreamExt;
use http::{Method, StatusCode};
use kith_formats::Format;
use kith_shared::ids::AccountId;
use skeleton_durable::commit::CommitError;
use skeleton_host::{
    auth::Caller,
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Problem},
};
use skeleton_service::once::{Once, Seen};
use tokio_util::io::StreamReader;
use utoipa::ToSchema;

use super::{Shared, get_import::Import, problems};
use crate::application::upload_import::Received;

/// Longest file name that is kept, in bytes.
const NAME_BYTES: usize = 255;

/// A file to import. `format` goes before `file`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the form; it is read as a stream")]
pub(super) struct ImportForm {
    /// `linkedin`, `google-csv`, `vcard` or `mbox`; told by the file's content when left out.
    format: Option<String>,
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Bring a file: LinkedIn's archive or Connections.csv, Google Contacts as CSV, vCards, an mbox.
/// It is stored when this answers, and read thereafter.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "imports",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless")),
    responses(
        (status = 202, body = Import),
        (status = 400, body = Problem), (status = 413, body = Problem),
        (status = 415, body = Problem), (status = 422, body = Problem),
    )
)]
pub(super) async fn create_import(
    State(app): State<Shared>,
    caller: Caller,
    key: IdempotencyKey,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let mut form = form.map_err(|_| problems::not_multipart())?;
    let mut format = None;
    let received = loop {
        let field = form.next_field().await.map_err(broken_form)?;
        let Some(field) = field else {
            return Err(Problem::field(
                "/file",
                "expected a part named file with a file name",
            ));
        };
        match field.name() {
            Some("format") => format = Some(format_of(field).await?),
            Some("file") => break receive(&app, caller.account, format, field).await?,
            _ => {}
        }
    };
    let print = fingerprint(&Method::POST, "/api/v1/imports", received.hash.as_bytes());
    let once = match Once::look_up(
        &*app.store,
        caller.account,
        &key,
        print,
        app.book.clock.now(),
    )
    .await
    {
        Ok(Seen::New(once)) => once,
        Ok(Seen::Before(response)) => {
            app.upload
                .discard(received)
                .await
                .map_err(problems::store)?;
            return Ok(response);
        }
        Err(problem) => {
            app.upload
                .discard(received)
                .await
                .map_err(problems::store)?;
            return Err(problem);
        }
    };
    let keep = |import: &_| once.keep(StatusCode::ACCEPTED, &Import::of(import));
    let outcome = match app.upload.queue(received, keep).await {
        Ok(import) => Ok((StatusCode::ACCEPTED, Json(Import::of(&import))).into_response()),
        Err(CommitError::Conflict(_)) => Err(Problem::conflict("this account is gone")),
        Err(error) => Err(problems::store(error)),
    };
    once.settle(&*app.store, outcome).await
}

async fn format_of(field: Field<'_>) -> Result<Format, Problem> {
    let text = field.text().await.map_err(broken_form)?;
    Format::ALL
        .into_iter()
        .find(|format| format.as_str() == text.trim())
        .ok_or_else(|| {
            let names = Format::ALL.map(Format::as_str).join(", ");
            Problem::field("/format", format!("expected one of {names}"))
        })
}

async fn receive(
    app: &Shared,
    account: uuid::Uuid,
    format: Option<Format>,
    field: Field<'_>,
) -> Result<Received, Problem> {
    let name = file_name(field.file_name().unwrap_or_default());
    let bytes = StreamReader::new(field.map_err(io::Error::other));
    app.upload
        .receive(AccountId(account), &name, format, Box::pin(bytes))
        .await
        .map_err(problems::upload)
}

/// The last part of a path, without control characters, bounded.
fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name: String = last.chars().filter(|c| !c.is_control()).collect();
    name.truncate(name.floor_char_boundary(NAME_BYTES));
    if name.trim().is_empty() {
        "file".to_owned()
    } else {
        name
    }
}

fn broken_form(error: axum::extract::multipart::MultipartError) -> Problem {
    tracing::info!(%error, "form broken");
    Problem::malformed("the form could not be read to its end; send it again")
}
