//! `GET /people/{id}/records`: what the sources said, verbatim.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, PersonId, RecordId};
use serde::Serialize;
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{Page, PageQuery, Pages},
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;

use super::{App, bodies::source_name, problems};
use crate::ports::StoredRecord;

/// What one source said, verbatim.
#[derive(Serialize, ToSchema)]
pub(super) struct Record {
    id: RecordId,
    #[schema(schema_with = source_name)]
    source: String,
    file_name: Option<String>,
    /// Where it stands in the file.
    position: String,
    observed_at: Timestamp,
    raw: String,
}

impl From<StoredRecord> for Record {
    fn from(record: StoredRecord) -> Self {
        Self {
            id: record.id,
            source: record.source.as_str().to_owned(),
            file_name: record.file_name,
            position: record.position,
            observed_at: record.observed_at,
            raw: record.raw,
        }
    }
}

/// What the sources said of a person, verbatim, newest first.
#[utoipa::path(
    get, path = "/api/v1/people/{id}/records", tag = "people",
    params(("id" = PersonId, Path), PageQuery),
    responses((status = 200, body = Page<Record>), (status = 404, body = Problem), (status = 422, body = Problem))
)]
pub(super) async fn list_records(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    pages: Pages,
) -> Result<Json<Page<Record>>, Problem> {
    let (after, limit) = (pages.after::<RecordId>()?, pages.limit());
    let found = app
        .list_records(AccountId(caller.account), id, after, limit + 1)
        .await;
    let found = found
        .map_err(problems::store)?
        .ok_or_else(|| Problem::not_found("person"))?;
    Ok(Json(pages.cut(found, |last| last.id).map(Record::from)))
}
