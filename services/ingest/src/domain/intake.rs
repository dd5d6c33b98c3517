//! A batch of a file's records into the book and the correspondence: what becomes of each.

mod arrival;

use std::collections::HashMap;

use jiff::Timestamp;
use kith_formats::{Contact, Entry, FieldName};
use kith_shared::{
    ids::{PersonId, RecordId},
    keys::KeyHasher,
};
use uuid::Uuid;

use self::arrival::{contact_arrives, correspondent_arrives, said_again};
use super::{
    account::Account,
    book::{Admitted, Book},
    correspondence::{CorrespondenceBatch, CountedMessage, MessageOutcome},
    import::Import,
    key::Key,
    receipt::{Outcome, ReceiptLine},
    record::{Arrival, Record, Said, Source},
    resolution::PersonName,
    revision::{content, differences, older_edition},
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

/// A record that is in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub record: RecordId,
    /// The person that it came to.
    pub home: PersonId,
    /// Its source said something else since.
    pub former: bool,
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
    pub known: HashMap<Vec<u8>, Known>,
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
            What::Contact(mut arrival) => {
                let left_out = arrival.left_out.take();
                let taken = self.contact(*arrival, new_id);
                Taken {
                    reason: match (taken.reason, left_out) {
                        (Some(reason), Some(left_out)) => Some(format!("{reason}; {left_out}")),
                        (reason, left_out) => reason.or(left_out),
                    },
                    ..taken
                }
            }
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

    fn contact(&mut self, mut arrival: Arrival, new_id: &mut dyn FnMut() -> Uuid) -> Taken {
        let label = label(&arrival);
        if let Some(known) = self.known.get(&arrival.hash).copied() {
            match said_again(&arrival) {
                // The source went back to what it said once, by its own date.
                Some(hash) if known.former && !self.is_outdated(&arrival) => arrival.hash = hash,
                _ => {
                    self.book.see(known.record, self.import.id);
                    return self.unchanged(known.home, label);
                }
            }
        }
        if let Some(closed) = self.book.closed_by(&arrival.keys) {
            return Taken {
                outcome: Outcome::Rejected,
                reason: Some(CLOSED.to_owned()),
                person: Some(closed.root),
                label,
            };
        }
        if let Some(older) = older_edition(&self.book, &arrival) {
            let older = older.clone();
            return self.edition(&older, arrival, label, new_id);
        }
        let source_is_mail = arrival.source == Source::MAIL;
        let hash = arrival.hash.clone();
        let admitted = self.book.admit(arrival, self.at, new_id);
        self.note_known(hash, &admitted, false);
        let person = Some(admitted.person);
        let Some(joined) = admitted.joined else {
            return Taken {
                outcome: Outcome::Created,
                reason: None,
                person,
                label,
            };
        };
        let outcome = if joined.known_to_source && source_is_mail {
            Outcome::Updated
        } else {
            Outcome::Merged
        };
        Taken {
            outcome,
            reason: Some(format!("joined {}: {}", joined.name, joined.reason)),
            person,
            label,
        }
    }

    /// What the file says as it is known is claimed before anything is taken for another edition of it.
    pub fn claim(&mut self, batch: &[Prepared]) {
        for prepared in batch {
            let What::Contact(arrival) = &prepared.what else {
                continue;
            };
            if let Some(known) = self.known.get(&arrival.hash).filter(|it| !it.former) {
                self.book.see(known.record, self.import.id);
            }
        }
    }

    /// Whether the source says something newer by now than what arrives, or the same.
    fn is_outdated(&self, arrival: &Arrival) -> bool {
        let newer = older_edition(&self.book, arrival).map(|it| &it.said);
        match (newer, &arrival.said) {
            (Some(Said::Contact(known)), Said::Contact(arriving)) => {
                is_older(arriving, known) || content(arriving) == content(known)
            }
            _ => false,
        }
    }

    /// A record of this file that says the same is this one.
    fn note_known(&mut self, hash: Vec<u8>, admitted: &Admitted, former: bool) {
        let (record, home) = (admitted.record, admitted.home);
        let known = Known {
            record,
            home,
            former,
        };
        self.known.insert(hash, known);
    }

    fn unchanged(&self, home: PersonId, label: String) -> Taken {
        Taken {
            outcome: Outcome::Unchanged,
            reason: None,
            person: self.book.root(home).or(Some(home)),
            label,
        }
    }

    /// What the source says by now, or said once, of somebody whom it named before.
    fn edition(
        &mut self,
        known: &Record,
        arrival: Arrival,
        label: String,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Taken {
        let (Said::Contact(before), Said::Contact(after)) = (&known.said, &arrival.said) else {
            return self.unchanged(known.home, label);
        };
        let is_older = is_older(after, before);
        let (before, after) = (content(before), content(after));
        if before == after {
            self.book.see(known.id, self.import.id);
            return self.unchanged(known.home, label);
        }
        let hash = arrival.hash.clone();
        let (outcome, reason, admitted) = if is_older {
            let reason = "older than what is known of the same entry: kept as former".to_owned();
            let kept = self.book.keep_former(known.id, arrival, self.at, new_id);
            (Outcome::Unchanged, reason, kept)
        } else {
            let reason = differences(&before, &after);
            let revised = self.book.revise(known.id, arrival, self.at, new_id);
            (Outcome::Updated, reason, revised)
        };
        if let Some(admitted) = &admitted {
            self.note_known(hash, admitted, is_older);
        }
        let person = admitted.map(|it| it.person);
        Taken {
            outcome,
            reason: Some(reason),
            person,
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
        if correspondent.recorded {
            self.learn_name(key, position, new_id);
            return None;
        }
        if !correspondent.is_a_person() {
            return None;
        }
        // The address is somebody's who cannot be read now. A later message makes the record.
        if self.book.closed_by(std::slice::from_ref(key)).is_some() {
            return None;
        }
        let arrival = correspondent_arrives(correspondent, self.import, position);
        self.correspondence.note_recorded(key);
        let admitted = self.book.admit(arrival, self.at, new_id);
        admitted.joined.is_none().then_some(admitted.person)
    }

    /// A name that is said at last, or said in full, takes the place of none or of a part.
    fn learn_name(&mut self, key: &Key, position: &str, new_id: &mut dyn FnMut() -> Uuid) {
        let Some(correspondent) = self.correspondence.correspondent(key) else {
            return;
        };
        let name = PersonName::in_one(correspondent.name.as_deref().unwrap_or_default());
        let known = self
            .book
            .records_with(std::slice::from_ref(key))
            .filter(|it| it.source == Source::MAIL && it.keys.contains(key))
            .find(|it| it.is_current());
        let known = known.and_then(|it| match &it.said {
            Said::Contact(said) => Some((it.id, PersonName::in_one(&said.name.full))),
            Said::Edit(_) | Said::Other(_) => None,
        });
        let Some((id, before)) = known else {
            return;
        };
        if before.compare(&name).is_anothers() || !name.says_more_than(&before) {
            return;
        }
        let arrival = correspondent_arrives(correspondent, self.import, position);
        self.book.revise(id, arrival, self.at, new_id);
    }
}

/// Where the source dates what it says, that decides; else what comes later is newer.
fn is_older(arriving: &Contact, known: &Contact) -> bool {
    matches!(
        (arriving.revised_at, known.revised_at),
        (Some(arriving), Some(known)) if arriving < known
    )
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
