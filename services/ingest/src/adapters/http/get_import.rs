//! `GET /imports/{id}`: where an import stands.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, ImportId};
use serde::Serialize;
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::State,
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;

use super::{App, problems};
use crate::domain::import::{self, Status};

/// One file brought in.
#[derive(Serialize, ToSchema)]
pub(super) struct Import {
    pub(super) id: ImportId,
    file_name: String,
    /// `linkedin`, `google-csv`, `vcard` or `mbox`.
    format: String,
    status: ImportState,
    /// While running.
    stage: Option<ImportStage>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    bytes_total: u64,
    bytes_done: u64,
    counts: Counts,
    /// Why it failed.
    problem: Option<ImportProblem>,
}

/// Where it stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ImportState {
    /// Waits for its turn.
    Queued,
    /// Being read or applied.
    Running,
    /// At its end.
    Succeeded,
    /// Given up; `problem` says why.
    Failed,
    /// Ended by its owner; what had been read of the file stays.
    Cancelled,
}

/// How far a running import is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ImportStage {
    /// The file is being read.
    Reading,
    /// What it said is being taken over everywhere.
    Applying,
}

/// What became of the file's records.
#[derive(Serialize, ToSchema)]
pub(super) struct Counts {
    records: u64,
    created: u64,
    merged: u64,
    updated: u64,
    unchanged: u64,
    left_out: u64,
    rejected: u64,
}

/// Why an import failed.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportProblem {
    title: String,
    detail: String,
}

impl Import {
    pub(super) fn of(import: &import::Import) -> Self {
        let (status, stage) = match &import.status {
            Status::Queued => (ImportState::Queued, None),
            Status::Reading => (ImportState::Running, Some(ImportStage::Reading)),
            Status::Applying => (ImportState::Running, Some(ImportStage::Applying)),
            Status::Succeeded => (ImportState::Succeeded, None),
            Status::Failed => (ImportState::Failed, None),
            Status::Cancelled => (ImportState::Cancelled, None),
            Status::Other(_) => (of_a_later_version(import), None),
        };
        let problem = import.problem.clone().map(|detail| ImportProblem {
            title: format!("{} could not be imported", import.file_name),
            detail,
        });
        Self {
            id: import.id,
            file_name: import.file_name.clone(),
            format: import.format.as_str().to_owned(),
            status,
            stage,
            created_at: import.created_at,
            started_at: import.started_at,
            finished_at: import.finished_at,
            bytes_total: import.bytes_total,
            bytes_done: import.bytes_done,
            counts: Counts::of(&import.counts),
            problem,
        }
    }
}

/// What this API says of an import whose status a later version knows and this one does not: it is
/// under way until it has an end.
const fn of_a_later_version(import: &import::Import) -> ImportState {
    match (import.finished_at, &import.problem) {
        (None, _) => ImportState::Running,
        (Some(_), None) => ImportState::Succeeded,
        (Some(_), Some(_)) => ImportState::Failed,
    }
}

impl Counts {
    pub(super) fn of(counts: &import::Counts) -> Self {
        Self {
            records: counts.records(),
            created: counts.created,
            merged: counts.merged,
            updated: counts.updated,
            unchanged: counts.unchanged,
            left_out: counts.left_out,
            rejected: counts.rejected,
        }
    }
}

/// Where an import stands.
#[utoipa::path(
    get, path = "/api/v1/imports/{id}", tag = "imports",
    params(("id" = ImportId, Path)),
    responses((status = 200, body = Import), (status = 404, body = Problem))
)]
pub(super) async fn get_import(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ImportId>,
) -> Result<(ETag, Json<Import>), Problem> {
    let import = app
        .get_import(AccountId(caller.account), id)
        .await
        .map_err(problems::store)?;
    let import = import.ok_or_else(|| Problem::not_found("import"))?;
    Ok((ETag(import.version), Json(Import::of(&import))))
}
