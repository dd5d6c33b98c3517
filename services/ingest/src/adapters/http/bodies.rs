//! Shapes that several endpoints share: a person, what the owner says of one, an import.

pub(super) mod said;

use std::collections::BTreeSet;

use jiff::Timestamp;
use kith_formats::Format;
use kith_shared::ids::{ImportId, PersonId, RecordId};
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::schema::{Object, ObjectBuilder, Type},
};
use uuid::Uuid;

use crate::{
    application::get_person::PersonView,
    domain::{
        field::{FieldName, is_of_employment},
        import::{self, End, Stage, StageParts},
        profile, receipt,
        record::Source,
    },
};

/// A person of my book, with everything that is said of it and by whom.
#[derive(Serialize, ToSchema)]
pub(super) struct Person {
    /// Differs from the id asked for where that person was merged into this one.
    pub(super) id: PersonId,
    pub(super) version: i64,
    display_name: String,
    fields: Vec<Field>,
    employments: Vec<Employment>,
    /// Who was merged into this person.
    merged: Vec<Merged>,
}

/// One value.
#[derive(Serialize, ToSchema)]
pub(super) struct Field {
    #[schema(schema_with = field_name)]
    name: &'static str,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Whether it is the one to use of its name.
    preferred: bool,
    /// Nobody says so any more: it is shown as what once held.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    former: bool,
    /// Who says so, best first.
    sources: Vec<Witness>,
}

fn field_name() -> Object {
    let shown = FieldName::ALL.into_iter();
    let shown = shown.filter(|field| !is_of_employment(*field));
    one_of(shown.map(FieldName::as_str))
}

pub(super) fn source_name() -> Object {
    let sources: Vec<Source> = Source::known().collect();
    one_of(sources.iter().map(Source::as_str))
}

pub(super) fn format_name() -> Object {
    one_of(Format::ALL.into_iter().map(Format::as_str))
}

/// A text that is one of some names; which they are is told, not enforced, since a later version may
/// know more.
fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> Object {
    let names: BTreeSet<String> = names.map(|name| format!("`{name}`")).collect();
    let names: Vec<String> = names.into_iter().collect();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(format!("One of {}.", names.join(", "))))
        .build()
}

/// A record that says a value.
#[derive(Serialize, ToSchema)]
pub(super) struct Witness {
    record_id: RecordId,
    #[schema(schema_with = source_name)]
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    observed_at: Timestamp,
    /// Since when the source says something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

/// Where someone works or worked.
#[derive(Serialize, ToSchema)]
pub(super) struct Employment {
    organisation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    current: bool,
    source: String,
}

/// A decision that two are one, which can be undone.
#[derive(Serialize, ToSchema)]
pub(super) struct Merged {
    merge_id: Uuid,
    /// Who was joined, under the id of before.
    person_id: PersonId,
    display_name: String,
    /// To whom: the other end of what was compared.
    with: PersonId,
    /// What spoke for it and against it.
    reason: String,
    /// Who decided: `rule`, `you`, or `before` for what an earlier version joined by one value.
    by: &'static str,
    /// The weight of the evidence, in bits; 5 and more are joined unasked.
    #[serde(skip_serializing_if = "Option::is_none")]
    bits: Option<i32>,
    at: Timestamp,
}

impl From<&PersonView> for Person {
    fn from(view: &PersonView) -> Self {
        let merged = view.merged.iter().map(|it| Merged {
            merge_id: it.merge_id,
            person_id: it.person_id,
            display_name: it.display_name.clone(),
            with: it.with,
            reason: it.reason.clone(),
            by: it.by.as_str(),
            bits: it.bits,
            at: it.at,
        });
        let employments = view.profile.employments.iter().map(|it| Employment {
            organisation: it.organisation.clone(),
            title: it.title.clone(),
            current: it.current,
            source: it.source.as_str().to_owned(),
        });
        Self {
            id: view.id,
            version: view.version,
            display_name: view.profile.display_name.clone(),
            fields: view.profile.fields.iter().map(Field::from).collect(),
            employments: employments.collect(),
            merged: merged.collect(),
        }
    }
}

impl From<&profile::Field> for Field {
    fn from(field: &profile::Field) -> Self {
        let sources = field.sources.iter().map(|it| Witness {
            record_id: it.record,
            source: it.source.as_str().to_owned(),
            file_name: it.file_name.clone(),
            observed_at: it.observed_at,
            until: it.until,
        });
        Self {
            name: field.name.as_str(),
            value: field.value.clone(),
            label: field.label.clone(),
            preferred: field.preferred,
            former: field.former,
            sources: sources.collect(),
        }
    }
}

/// One file brought in.
#[derive(Serialize, ToSchema)]
pub(super) struct Import {
    pub(super) id: ImportId,
    file_name: String,
    #[schema(schema_with = format_name)]
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
        let (status, stage) = match &import.stage {
            Stage::Queued => (ImportState::Queued, None),
            Stage::Reading { .. } => (ImportState::Running, Some(ImportStage::Reading)),
            Stage::Applying { .. } => (ImportState::Running, Some(ImportStage::Applying)),
            Stage::Ended { end, .. } => match end {
                End::Succeeded => (ImportState::Succeeded, None),
                End::Failed(_) => (ImportState::Failed, None),
                End::Cancelled => (ImportState::Cancelled, None),
            },
            Stage::Other(parts) => (of_a_later_version(parts), None),
        };
        let parts = import.stage.parts();
        let problem = parts.problem.map(|detail| ImportProblem {
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
            started_at: parts.started_at,
            finished_at: parts.finished_at,
            bytes_total: import.bytes_total,
            bytes_done: import.bytes_done,
            counts: Counts::of(&import.counts),
            problem,
        }
    }
}

/// What this API says of an import whose status a later version knows and this one does not: it is
/// under way until it has an end.
const fn of_a_later_version(parts: &StageParts) -> ImportState {
    match (parts.finished_at, &parts.problem) {
        (None, _) => ImportState::Running,
        (Some(_), None) => ImportState::Succeeded,
        (Some(_), Some(_)) => ImportState::Failed,
    }
}

impl Counts {
    pub(super) fn of(counts: &receipt::Counts) -> Self {
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
