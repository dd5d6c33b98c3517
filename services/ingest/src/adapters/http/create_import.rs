//! `POST /imports`: bring a file.

mod upload_form;

use std::io;

use futures::TryStreamExt;
use kith_formats::Format;
use kith_shared::ids::AccountId;
use skeleton_durable::commit::CommitError;
use skeleton_host::{
    auth::Caller,
    http::{IntoResponse, Method, Request, Response, State, StatusCode},
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Problem},
};
use skeleton_service::once::{Once, Seen};
use tokio_util::io::StreamReader;
use utoipa::{
    ToSchema,
    openapi::schema::{Object, SchemaType, Type},
};

use self::upload_form::{Part, UploadForm};
use super::{
    App,
    bodies::{Import, format_name},
    problems,
};
use crate::application::create_import::Received;

/// Longest file name that is kept, in bytes.
const NAME_BYTES: usize = 255;

/// A file to import. `format` goes before `file`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the form; it is read as a stream")]
pub(super) struct ImportForm {
    #[schema(schema_with = format_told)]
    format: Option<String>,
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

fn format_told() -> Object {
    let mut format = format_name();
    format.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
    let names = format.description.take().unwrap_or_default();
    format.description = Some(format!("{names} Told by the file's content when left out."));
    format
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
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    request: Request,
) -> Result<Response, Problem> {
    let mut form = UploadForm::of(request)?;
    let (format, file) = form.file().await?;
    let received = receive(&app, caller.account, format, file).await?;
    if let Err(problem) = form.end().await {
        app.discard_file(received).await.map_err(problems::store)?;
        return Err(problem);
    }
    let print = fingerprint(&Method::POST, "/api/v1/imports", received.hash.as_bytes());
    let once = match Once::look_up(&*app.store, caller.account, &key, print, app.clock.now()).await
    {
        Ok(Seen::New(once)) => once,
        Ok(Seen::Before(response)) => {
            app.discard_file(received).await.map_err(problems::store)?;
            return Ok(response);
        }
        Err(problem) => {
            app.discard_file(received).await.map_err(problems::store)?;
            return Err(problem);
        }
    };
    let keep = |import: &_| once.keep(StatusCode::ACCEPTED, &Import::of(import));
    let outcome = match app.queue_import(received, keep).await {
        Ok(import) => Ok((StatusCode::ACCEPTED, Json(Import::of(&import))).into_response()),
        Err(CommitError::Conflict(_)) => Err(Problem::conflict("this account is gone")),
        Err(error) => Err(problems::store(error)),
    };
    once.settle(&*app.store, outcome).await
}

async fn receive(
    app: &App,
    account: uuid::Uuid,
    format: Option<Format>,
    file: Part,
) -> Result<Received, Problem> {
    let name = file_name(file.file_name().unwrap_or_default());
    let bytes = StreamReader::new(file.map_err(io::Error::other));
    app.receive_file(AccountId(account), &name, format, Box::pin(bytes))
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
