//! What is stored as JSON: circles in a column, and the document of a person as both indices keep
//! it, whole, beside the fields that are searched. The version before reads what this one writes,
//! and this one everything in `tests/golden`.
//!
//! Documents are read, changed and written again, so what a later version keeps in one stays in it.

use kith_shared::{
    events::{ingest::PersonState, network::Band},
    ids::{AccountId, PersonId},
    open::{Open, OpenMember},
};
use serde::{Deserialize, Serialize};
use skeleton_durable::stored::Stored;

use crate::domain::{
    document::{Annotation, Document, Later, Person, Tie},
    visibility::Circle,
};

/// A document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredDocument {
    id: PersonId,
    account: AccountId,
    #[serde(default)]
    person: Option<StoredPerson>,
    #[serde(default)]
    annotation: Option<StoredAnnotation>,
    #[serde(default)]
    tie: Option<StoredTie>,
    #[serde(flatten)]
    later: Later,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StoredPerson {
    version: i64,
    state: Open<PersonState>,
    display_name: String,
    #[serde(default)]
    other_names: Vec<String>,
    #[serde(default)]
    emails: Vec<String>,
    #[serde(default)]
    phones: Vec<String>,
    /// Organisation and title.
    #[serde(default)]
    employments: Vec<(String, Option<String>)>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    aliases: Vec<PersonId>,
    #[serde(flatten)]
    later: Later,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StoredAnnotation {
    version: i64,
    tags: Vec<String>,
    notes: Vec<String>,
    #[serde(flatten)]
    later: Later,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct StoredTie {
    version: i64,
    band: Open<Band>,
    #[serde(flatten)]
    later: Later,
}

impl Stored for StoredDocument {
    const TABLE: &'static str = "index";
    const COLUMN: &'static str = "document";
}

impl StoredDocument {
    #[cfg(feature = "distributed")]
    pub(super) fn id(&self) -> PersonId {
        self.id
    }
}

impl From<&Document> for StoredDocument {
    fn from(document: &Document) -> Self {
        let Document {
            id,
            account,
            person,
            annotation,
            tie,
            later,
        } = document.clone();
        Self {
            id,
            account,
            person: person.map(|person| StoredPerson {
                version: person.version,
                state: person.state,
                display_name: person.display_name,
                other_names: person.other_names,
                emails: person.emails,
                phones: person.phones,
                employments: person.employments,
                labels: person.labels,
                aliases: person.aliases,
                later: person.later,
            }),
            annotation: annotation.map(|annotation| StoredAnnotation {
                version: annotation.version,
                tags: annotation.tags,
                notes: annotation.notes,
                later: annotation.later,
            }),
            tie: tie.map(|tie| StoredTie {
                version: tie.version,
                band: tie.band,
                later: tie.later,
            }),
            later,
        }
    }
}

impl From<StoredDocument> for Document {
    fn from(stored: StoredDocument) -> Self {
        Self {
            id: stored.id,
            account: stored.account,
            person: stored.person.map(|person| Person {
                version: person.version,
                state: person.state,
                display_name: person.display_name,
                other_names: person.other_names,
                emails: person.emails,
                phones: person.phones,
                employments: person.employments,
                labels: person.labels,
                aliases: person.aliases,
                later: person.later,
            }),
            annotation: stored.annotation.map(|annotation| Annotation {
                version: annotation.version,
                tags: annotation.tags,
                notes: annotation.notes,
                later: annotation.later,
            }),
            tie: stored.tie.map(|tie| Tie {
                version: tie.version,
                band: tie.band,
                later: tie.later,
            }),
            later: stored.later,
        }
    }
}

/// `circle.body`: who takes part and what they show, with what this version does not know of it.
/// Replaced as a whole by each newer version of the circle, never changed.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredCircle {
    pub(super) members: Vec<OpenMember>,
}

impl Stored for StoredCircle {
    const TABLE: &'static str = "circle";
    const COLUMN: &'static str = "body";
}

impl StoredCircle {
    pub(super) fn circle(self) -> Circle {
        Circle {
            members: self.members.iter().map(OpenMember::member).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kith_shared::{open::OpenTie, sharing::Sharing};
    use skeleton_durable::stored::{golden::Golden, read, write};

    use super::*;
    use crate::domain::document::{Change, Part};

    fn id(last: u8) -> uuid::Uuid {
        let text = format!("01890a5d-ac96-774b-bcce-b302099a80{last:02x}");
        text.parse().unwrap()
    }

    fn whole() -> Document {
        let mut document = Document::placeholder(PersonId(id(1)), AccountId(id(2)));
        document.absorb(Part::Person(Person {
            version: 3,
            state: Open::Known(PersonState::Active),
            display_name: "Ada Lovelace".to_owned(),
            other_names: vec!["Countess".to_owned()],
            emails: vec!["ada@example.org".to_owned()],
            phones: vec!["+44 20 7946 0000".to_owned()],
            employments: vec![
                ("Analytical".to_owned(), Some("Engineer".to_owned())),
                ("Acme".to_owned(), None),
            ],
            labels: vec!["friends".to_owned()],
            aliases: vec![PersonId(id(3))],
            later: Later::new(),
        }));
        document.absorb(Part::Annotation(Annotation {
            version: 2,
            tags: vec!["maths".to_owned()],
            notes: vec!["met in London".to_owned()],
            later: Later::new(),
        }));
        document.absorb(Part::Tie(Tie {
            version: 1,
            band: Open::Known(Band::Good),
            later: Later::new(),
        }));
        document
    }

    #[test]
    fn every_stored_form_is_read_for_ever() {
        let mut golden = Golden::of(env!("CARGO_MANIFEST_DIR"));
        golden.holds(&StoredDocument::from(&whole()));
        let text = r#"{"account_id":"01890a5d-ac96-774b-bcce-b302099a8001","display_name":"Ada",
            "since":"2026-05-01T12:00:00Z","sharing":"name",
            "exceptions":[{"tag":"maths","sharing":"hidden"}]}"#;
        let member: OpenMember = serde_json::from_str(text).unwrap();
        golden.holds(&StoredCircle {
            members: vec![member],
        });
        // Without the adapter some files have no type.
        #[cfg(feature = "distributed")]
        {
            super::super::elasticsearch::hold(&mut golden);
            golden.finish();
        }
    }

    #[test]
    fn what_a_later_version_keeps_in_a_document_survives_a_change() {
        let mut text: serde_json::Value =
            serde_json::from_str(&write(&StoredDocument::from(&whole()))).unwrap();
        text["pinned"] = true.into();
        text["person"]["pronouns"] = "she".into();
        text["person"]["state"] = serde_json::json!({"is": "archived", "until": 7});
        text["tie"]["band"] = "closest".into();
        let stored: StoredDocument = read(&text.to_string(), 1).unwrap();
        let mut document = Document::from(stored);
        assert!(
            document.active().is_none(),
            "a state not known is not shown"
        );
        assert_eq!(document.band(), Band::Weak);
        let tagged = Annotation {
            version: 3,
            tags: vec!["new".to_owned()],
            notes: Vec::new(),
            later: Later::new(),
        };
        assert!(document.absorb(Part::Annotation(tagged)));
        let after = write(&StoredDocument::from(&document));
        let after: serde_json::Value = serde_json::from_str(&after).unwrap();
        for part in ["pinned", "person", "tie"] {
            assert_eq!(after[part], text[part]);
        }
        assert_eq!(after["annotation"]["tags"][0], "new");
    }

    #[test]
    fn a_band_of_a_later_version_is_taken_in() {
        let told = r#"{"account_id":"01890a5d-ac96-774b-bcce-b302099a8002",
            "person_id":"01890a5d-ac96-774b-bcce-b302099a8001","version":2,"band":"closest"}"#;
        let change: Change = serde_json::from_str::<OpenTie>(told).unwrap().into();
        let mut document = whole();
        assert!(document.absorb(change.part));
        let text = write(&StoredDocument::from(&document));
        assert!(text.contains(r#""band":"closest""#), "{text}");
    }

    #[test]
    fn a_level_of_a_later_version_is_kept_and_hides() {
        let text = r#"{"members":[{"account_id":"01890a5d-ac96-774b-bcce-b302099a8001",
            "display_name":"Ada","since":"2026-05-01T12:00:00Z","sharing":"everything"}]}"#;
        let stored: StoredCircle = read(text, 1).unwrap();
        assert!(write(&stored).contains(r#""sharing":"everything""#));
        assert_eq!(stored.circle().members[0].sharing, Sharing::Hidden);
    }
}
