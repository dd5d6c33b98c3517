//! A person as the API shows it.

use jiff::Timestamp;
use kith_shared::ids::{PersonId, RecordId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{application::get_person::PersonView, domain::profile};

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
    /// `name`, `nickname`, `email`, `phone`, `url`, `address`, `birthday`, `note`, `photo`,
    /// `related` or `custom`.
    name: &'static str,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Whether it is the one to use of its name.
    preferred: bool,
    /// Who says so, best first.
    sources: Vec<Witness>,
}

/// A record that says a value.
#[derive(Serialize, ToSchema)]
pub(super) struct Witness {
    record_id: RecordId,
    /// `linkedin`, `google`, `vcard`, `mail` or `you`.
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    observed_at: Timestamp,
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

/// A merge that can be undone.
#[derive(Serialize, ToSchema)]
pub(super) struct Merged {
    merge_id: Uuid,
    person_id: PersonId,
    display_name: String,
    reason: String,
    at: Timestamp,
}

impl From<&PersonView> for Person {
    fn from(view: &PersonView) -> Self {
        let merged = view.merged.iter().map(|it| Merged {
            merge_id: it.merge_id,
            person_id: it.person_id,
            display_name: it.display_name.clone(),
            reason: it.reason.clone(),
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
        });
        Self {
            name: field.name,
            value: field.value.clone(),
            label: field.label.clone(),
            preferred: field.preferred,
            sources: sources.collect(),
        }
    }
}
