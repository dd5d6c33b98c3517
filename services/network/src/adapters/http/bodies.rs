//! Shapes that several endpoints answer with.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, NoteId, PersonId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    application::check::{Shown, ShownTie},
    domain::evidence::{self, EvidenceKind},
    ports,
};

/// Why two people are tied.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Evidence {
    /// What it is.
    kind: Kind,
    /// In a sentence.
    #[schema(example = "12 two-way mails, last 3 weeks ago")]
    summary: String,
    /// How many went from the owner to the person (from one to the other of two persons).
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<u32>,
    /// How many came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<u32>,
    /// The last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<Timestamp>,
    /// Where it was seen: a source of my imports (`mail`, `linkedin`, …), `you` or `circle`.
    source: String,
    /// Whose book says so; null for the own book, and for what everybody in a circle knows.
    via: Option<Via>,
}

/// What an evidence is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EvidenceKind)]
enum Kind {
    /// Mail or messages.
    Mail,
    /// In a list of the owner.
    Connection,
    /// Both in a circle.
    Circle,
    /// The owner said so.
    Stated,
}

/// Whose book says so.
#[derive(Debug, Serialize, ToSchema)]
struct Via {
    /// The account.
    account_id: AccountId,
    /// How it calls itself.
    display_name: String,
}

/// The evidence of a tie.
pub(super) fn evidence_of(tie: &ShownTie) -> Vec<Evidence> {
    tie.evidence
        .iter()
        .map(|(said, via)| Evidence::of(said, via.clone()))
        .collect()
}

impl Evidence {
    fn of(said: &evidence::Evidence, via: Option<(AccountId, String)>) -> Self {
        Self {
            kind: match said.kind {
                EvidenceKind::Mail => Kind::Mail,
                EvidenceKind::Connection => Kind::Connection,
                EvidenceKind::Circle => Kind::Circle,
                EvidenceKind::Stated => Kind::Stated,
            },
            summary: said.summary.clone(),
            sent: said.sent,
            received: said.received,
            last_at: said.last_at,
            source: said.source.clone(),
            via: via.map(|(account_id, display_name)| Via {
                account_id,
                display_name,
            }),
        }
    }
}

/// Somebody as the caller may see them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Somebody {
    /// The person; null for the caller, and for whoever is shown without a name.
    id: Option<PersonId>,
    /// The name, `Someone at …` where it is withheld.
    display_name: String,
    /// Where they work.
    organisation: Option<String>,
    /// Whether it is the caller.
    me: bool,
    /// The account that this is, where it takes part in a circle with the caller.
    account_id: Option<AccountId>,
}

impl From<Shown> for Somebody {
    fn from(shown: Shown) -> Self {
        Self {
            id: shown.person,
            display_name: shown.display_name,
            organisation: shown.organisation,
            me: shown.me,
            account_id: shown.account,
        }
    }
}

/// A note.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Note {
    /// The note.
    id: NoteId,
    /// What it says.
    text: String,
    /// When it was made.
    created_at: Timestamp,
}

impl From<ports::Note> for Note {
    fn from(note: ports::Note) -> Self {
        Self {
            id: note.id,
            text: note.text,
            created_at: note.created_at,
        }
    }
}
