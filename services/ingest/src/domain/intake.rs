//! A batch of a file's records into the book and the correspondence: what becomes of each.

use std::collections::HashMap;

use jiff::Timestamp;
use kith_formats::{Contact, Entry, FieldName, Labelled, Photo};
use kith_shared::{ids::PersonId, keys::KeyHasher};
use uuid::Uuid;

use super::{
    account::Account,
    book::{Admitted, Book},
    correspondence::{CorrespondenceBatch, Correspondent, CountedMessage, MessageOutcome},
    import::Import,
    key::{Key, keys_of_contact},
    receipt::{Outcome, ReceiptLine},
    record::{Arrival, Said, Source},
};

/// A record of a file, made ready: normalised, hashed, its keys found.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Where it stands in the file.
    pub position: String,
    /// How much of the file was read with it.
    pub bytes_done: u64,
    /// What it is.
    pub what: What,
}

/// See [`Prepared`].
#[derive(Clone, Debug)]
pub enum What {
    Contact(Box<Arrival>),
    Message(Box<CountedMessage>),
    /// Left out or rejected, by the reader of the file or since it is the owner's own.
    NotTaken {
        /// Which of the two.
        outcome: Outcome,
        /// What a human would recognise it by.
        label: String,
        reason: String,
    },
}

/// Makes a record ready.
#[must_use]
pub fn prepare(entry: Entry, import: &Import, owner: &Account, hasher: &KeyHasher) -> Prepared {
    let Entry {
        position,
        bytes_done,
        raw,
        content,
    } = entry;
    let position = position.to_string();
    let what = match content {
        kith_formats::Content::Contact(contact) => {
            contact_arrives(*contact, raw, &position, import, owner, hasher)
        }
        kith_formats::Content::Message(message) => {
            What::Message(Box::new(CountedMessage::of(&message, owner, hasher)))
        }
        kith_formats::Content::LeftOut { label, reason } => What::NotTaken {
            outcome: Outcome::LeftOut,
            label,
            reason,
        },
        kith_formats::Content::Rejected { reason } => What::NotTaken {
            outcome: Outcome::Rejected,
            label: String::new(),
            reason,
        },
    };
    Prepared {
        position,
        bytes_done,
        what,
    }
}

fn contact_arrives(
    mut contact: Contact,
    raw: String,
    position: &str,
    import: &Import,
    owner: &Account,
    hasher: &KeyHasher,
) -> What {
    let source = import.format.source();
    if matches!(contact.photo, Some(Photo::Bytes { .. })) {
        // A picture is left to the verbatim record.
        contact.photo = None;
    }
    let keys = keys_of_contact(&contact, owner.region.as_deref());
    if keys.iter().any(|key| owner.owns(key, hasher)) {
        let label = contact.name.full;
        return What::NotTaken {
            outcome: Outcome::LeftOut,
            label,
            reason: "that is you".to_owned(),
        };
    }
    What::Contact(Box::new(Arrival {
        file_name: Some(import.file_name.clone()),
        import: Some(import.id),
        position: position.to_owned(),
        observed_at: import.created_at,
        keys,
        hash: hash(&source, &raw),
        source,
        said: Said::Contact(Box::new(contact)),
        raw,
    }))
}

fn hash(source: &Source, raw: &str) -> Vec<u8> {
    let mut hash = blake3::Hasher::new();
    hash.update(source.as_str().as_bytes())
        .update(b"\0")
        .update(raw.as_bytes());
    hash.finalize().as_bytes().to_vec()
}

/// A record that says that somebody corresponds with the owner.
fn correspondent_arrives(
    correspondent: &Correspondent,
    import: &Import,
    position: &str,
) -> Arrival {
    let address = correspondent.key.shown();
    let name = correspondent.name.clone().unwrap_or_default();
    let raw = if name.is_empty() {
        address.to_owned()
    } else {
        format!("{name} <{address}>")
    };
    let mut contact = Contact::default();
    contact.name.full = name;
    let (field, value) = if correspondent.key.email().is_some() {
        (FieldName::Email, address.to_owned())
    } else {
        (FieldName::Url, format!("https://{address}"))
    };
    contact.values.push(field, Labelled::new(value));
    Arrival {
        source: Source::MAIL,
        file_name: Some(import.file_name.clone()),
        import: Some(import.id),
        position: position.to_owned(),
        observed_at: correspondent.last_at,
        keys: vec![correspondent.key.clone()],
        hash: hash(&Source::MAIL, &correspondent.key.0),
        said: Said::Contact(Box::new(contact)),
        raw,
    }
}

/// A batch being decided on.
#[derive(Debug)]
pub struct Intake<'a> {
    pub import: &'a Import,
    /// The part of the book that the batch's keys hit.
    pub book: Book,
    /// The part of the correspondence that the batch touches.
    pub correspondence: CorrespondenceBatch,
    /// Records that were in the book before the batch, by hash, with their homes.
    pub known: HashMap<Vec<u8>, PersonId>,
    /// What became of each.
    pub lines: Vec<ReceiptLine>,
    pub at: Timestamp,
}

/// Why a contact was not taken in: who it is cannot be decided.
const CLOSED: &str = "something that is stored of this person cannot be read; whoever runs this \
    instance finds it with `kith doctor`; bring the file again when it is mended";

struct Taken {
    outcome: Outcome,
    reason: Option<String>,
    person: Option<PersonId>,
    label: String,
}

impl Intake<'_> {
    /// Decides on the next record.
    pub fn take(&mut self, prepared: Prepared, new_id: &mut dyn FnMut() -> Uuid) {
        let Prepared { position, what, .. } = prepared;
        let taken = match what {
            What::NotTaken {
                outcome,
                label,
                reason,
            } => Taken {
                outcome,
                reason: Some(reason),
                person: None,
                label,
            },
            What::Contact(arrival) => self.contact(*arrival, new_id),
            What::Message(message) => self.message(&message, &position, new_id),
        };
        let ordinal = self.import.taken + self.lines.len() as u64 + 1;
        let Taken {
            outcome,
            reason,
            person,
            label,
        } = taken;
        let line = ReceiptLine {
            ordinal,
            position,
            outcome,
            reason,
            person,
            label,
        };
        self.lines.push(line.bounded());
    }

    fn contact(&mut self, arrival: Arrival, new_id: &mut dyn FnMut() -> Uuid) -> Taken {
        let label = label(&arrival);
        if let Some(home) = self.known.get(&arrival.hash) {
            let person = self.book.root(*home).or(Some(*home));
            return Taken {
                outcome: Outcome::Unchanged,
                reason: None,
                person,
                label,
            };
        }
        if let Some(closed) = self.book.closed_by(&arrival.keys) {
            return Taken {
                outcome: Outcome::Rejected,
                reason: Some(CLOSED.to_owned()),
                person: Some(closed.root),
                label,
            };
        }
        let hash = arrival.hash.clone();
        let admitted = self.book.admit(arrival, self.at, new_id);
        self.known.insert(hash, admitted.person());
        Taken {
            outcome: outcome(admitted),
            reason: None,
            person: Some(admitted.person()),
            label,
        }
    }

    fn message(
        &mut self,
        message: &CountedMessage,
        position: &str,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Taken {
        let label = message.label();
        let left_out = |reason: String, label| Taken {
            outcome: Outcome::LeftOut,
            reason: Some(reason),
            person: None,
            label,
        };
        let counterparts = match self.correspondence.take(message) {
            MessageOutcome::Known => {
                return Taken {
                    outcome: Outcome::Unchanged,
                    reason: None,
                    person: None,
                    label,
                };
            }
            MessageOutcome::NotMine => {
                return left_out(
                    "none of your addresses is in it; if it is yours, add the address to yours and bring the file again".to_owned(),
                    label,
                );
            }
            MessageOutcome::NobodyElse => {
                return left_out(
                    "nobody but you and shared mailboxes is in it".to_owned(),
                    label,
                );
            }
            MessageOutcome::Counted(counterparts) => counterparts,
        };
        let mut created = None;
        for key in message.keys() {
            created = created.or(self.promote(key, position, new_id));
        }
        let person = counterparts.iter().find_map(|key| self.book.owner_of(key));
        let outcome = match (created, person) {
            (Some(_), _) => Outcome::Created,
            (None, Some(_)) => Outcome::Updated,
            (None, None) => {
                let address = counterparts[0].shown();
                return left_out(
                    format!(
                        "{address} is counted, but not yet a person: you never wrote to it, and it wrote only once or to large groups"
                    ),
                    label,
                );
            }
        };
        Taken {
            outcome,
            reason: None,
            person: created.or(person),
            label,
        }
    }

    /// Makes a correspondent a person, or a record of a person, when the time has come. The person
    /// if it is a new one.
    fn promote(
        &mut self,
        key: &Key,
        position: &str,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Option<PersonId> {
        let correspondent = self.correspondence.correspondent(key)?;
        if correspondent.recorded || !correspondent.is_a_person() {
            return None;
        }
        // The address is somebody's who cannot be read now. A later message makes the record.
        if self.book.closed_by(std::slice::from_ref(key)).is_some() {
            return None;
        }
        let arrival = correspondent_arrives(correspondent, self.import, position);
        self.correspondence.note_recorded(key);
        match self.book.admit(arrival, self.at, new_id) {
            Admitted::Created(person) => Some(person),
            Admitted::Merged(_) | Admitted::Updated(_) => None,
        }
    }
}

fn outcome(admitted: Admitted) -> Outcome {
    match admitted {
        Admitted::Created(_) => Outcome::Created,
        Admitted::Merged(_) => Outcome::Merged,
        Admitted::Updated(_) => Outcome::Updated,
    }
}

fn label(arrival: &Arrival) -> String {
    let Said::Contact(contact) = &arrival.said else {
        return String::new();
    };
    let address = [FieldName::Email, FieldName::Phone, FieldName::Url]
        .into_iter()
        .find_map(|field| contact.values[field].first());
    let named = (!contact.name.full.is_empty()).then(|| contact.name.full.clone());
    named
        .or_else(|| address.map(|it| it.value.clone()))
        .unwrap_or_default()
}
