//! What a record says, in the words of this project rather than of any one format.
//!
//! Values are kept as the file spells them; making them canonical is the importer's business.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    field::{FieldName, Values},
    text::non_empty,
};

/// A person, or an organisation, as one record of one file describes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The name in parts and whole.
    pub name: Name,
    /// The record stands for an organisation (`X-ABShowAs:COMPANY`, `KIND:org`).
    pub is_organisation: bool,
    /// Values that are texts: nicknames, e-mail addresses, telephone numbers as spelled, …
    pub values: Values,
    pub addresses: Vec<Address>,
    /// Where they work, most recent first as far as the file says.
    pub employments: Vec<Employment>,
    /// Birthday, with or without its year.
    pub birthday: Option<PartialDate>,
    /// Other dates worth remembering.
    pub dates: Vec<LabelledDate>,
    /// People that the record names as related.
    pub related: Vec<Related>,
    pub notes: Option<String>,
    pub photo: Option<Photo>,
    /// The labels, groups or categories that the owner filed the record under.
    pub labels: Vec<String>,
    /// The day a LinkedIn connection was made.
    pub connected_on: Option<Date>,
    /// The record's own identifier (vCard `UID`).
    pub uid: Option<String>,
    /// When the source last changed the record, by its own word (vCard `REV`).
    pub revised_at: Option<Timestamp>,
    /// Properties nothing here understands, verbatim: a vCard's unfolded line, or `Column: value`.
    pub unknown: Vec<String>,
}

impl Contact {
    /// Whether the record says nothing by which anyone could be recognised.
    #[must_use]
    pub fn names_nobody(&self) -> bool {
        let mut said = self.values.iter();
        let is_nothing = said.all(|(field, values)| field == FieldName::Photo || values.is_empty());
        self.name.full.is_empty() && is_nothing && self.employments.is_empty()
    }

    /// Adds to the notes, on a line of its own.
    pub(crate) fn add_note(&mut self, note: &str) {
        let Some(note) = non_empty(note) else { return };
        match &mut self.notes {
            Some(notes) => {
                notes.push('\n');
                notes.push_str(&note);
            }
            notes => *notes = Some(note),
        }
    }
}

/// A name in parts; `full` is filled whenever any part is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// `Dr.`
    pub prefix: Option<String>,
    /// `Ada`
    pub given: Option<String>,
    pub additional: Option<String>,
    /// `Lovelace`
    pub family: Option<String>,
    /// `Jr.`, `PhD`
    pub suffix: Option<String>,
    /// The whole name as it is shown; composed of the parts where the file gives none.
    pub full: String,
}

impl Name {
    /// What it is made of, as far as that is given.
    pub(crate) fn parts_mut(&mut self) -> [&mut Option<String>; 5] {
        [
            &mut self.prefix,
            &mut self.given,
            &mut self.additional,
            &mut self.family,
            &mut self.suffix,
        ]
    }

    /// Fills an empty `full` from the parts: in western order, or where a name is written in Chinese,
    /// Japanese or Korean letters, the family name first.
    pub(crate) fn complete(&mut self) {
        if !self.full.is_empty() {
            return;
        }
        let (first, last) = if self.is_east_asian() {
            (&self.family, &self.given)
        } else {
            (&self.given, &self.family)
        };
        let parts = [&self.prefix, first, &self.additional, last, &self.suffix];
        self.full = parts
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
    }
}

impl Name {
    /// Whether both names are in letters of East Asia. A name of which one part is in others is
    /// written as foreigners' are.
    fn is_east_asian(&self) -> bool {
        let is_letter = |c: char| {
            matches!(c,
                '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3130}'..='\u{318f}'
                | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
                | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9d}' | '\u{20000}'..='\u{323af}')
        };
        let is_east_asian = |name: &Option<String>| {
            let name = name.as_deref().unwrap_or_default();
            !name.is_empty() && name.chars().all(|c| is_letter(c) || c.is_whitespace())
        };
        // In Japanese a foreigner's name is in katakana, in the order of their own language.
        let is_katakana = |name: &Option<String>| {
            let mut letters = name.iter().flat_map(|name| name.chars());
            letters.all(|c| matches!(c, '\u{30a0}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9d}'))
        };
        let is_foreign = is_katakana(&self.family) && is_katakana(&self.given);
        is_east_asian(&self.family) && is_east_asian(&self.given) && !is_foreign
    }
}

/// A value with what the file says about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    /// The value as spelled.
    pub value: String,
    /// Types in lower case: `home`, `work`, `cell`, `twitter`.
    pub types: Vec<String>,
    /// The owner's own label.
    pub label: Option<String>,
    /// Marked as the preferred one.
    pub preferred: bool,
}

impl Labelled {
    /// A bare value.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            ..Self::default()
        }
    }
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The whole address as text, where the file gives it.
    pub formatted: Option<String>,
    pub po_box: Option<String>,
    /// Flat, floor, second line.
    pub extended: Option<String>,
    /// Street and number.
    pub street: Option<String>,
    pub city: Option<String>,
    /// State or region.
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    /// Types in lower case.
    pub types: Vec<String>,
    /// The owner's own label.
    pub label: Option<String>,
    /// Marked as the preferred one.
    pub preferred: bool,
}

impl Address {
    /// Whether no part is given.
    pub(crate) fn is_empty(&self) -> bool {
        let parts = [
            &self.formatted,
            &self.po_box,
            &self.extended,
            &self.street,
            &self.city,
            &self.region,
            &self.postal_code,
            &self.country,
        ];
        parts.into_iter().all(Option::is_none)
    }
}

/// A position at an organisation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employment {
    /// Name of the organisation.
    pub organisation: Option<String>,
    pub title: Option<String>,
    pub department: Option<String>,
}

/// A day whose year may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PartialDate {
    /// The year, where known.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31, valid for the month (29 February without a year is valid).
    pub day: i8,
}

/// A date and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelledDate {
    /// `Anniversary`, or whatever the owner wrote.
    pub label: Option<String>,
    pub date: PartialDate,
}

/// A person whom a record names as related.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// `Spouse`, `friend`, or whatever the owner wrote.
    pub relation: Option<String>,
    /// Their name, or the URI that the file gives.
    pub name: String,
}

/// A picture, carried in the file or pointed at. Nothing here ever fetches one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Photo {
    /// The picture itself.
    Bytes {
        /// `image/jpeg`, where the file says.
        media_type: Option<String>,
        /// At most [`crate::Limits::max_photo_bytes`].
        bytes: Vec<u8>,
    },
    /// Where the picture is.
    Url(String),
}

/// Somebody wrote to somebody: who and when, never what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// `Message-ID` without its angle brackets.
    pub message_id: Option<String>,
    /// When it was sent.
    pub date: Timestamp,
    pub from: Mailbox,
    /// Those it was written to.
    pub to: Vec<Mailbox>,
    /// Those who got a copy, blind copies of sent mail included.
    pub cc: Vec<Mailbox>,
    /// The mailboxes into which it was put, whatever it was addressed to.
    pub delivered: Vec<Mailbox>,
    /// What holds the conversation together, where the file says (`X-GM-THRID`, conversation id).
    pub thread: Option<String>,
    /// Which kind of message.
    pub kind: MessageKind,
}

/// Which kind of message a [`Message`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MessageKind {
    /// An e-mail; addresses are e-mail addresses.
    Mail,
    /// A LinkedIn message; addresses are profile URLs.
    LinkedInMessage,
    /// An invitation to connect on LinkedIn; addresses are profile URLs.
    LinkedInInvitation,
}

/// One end of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// E-mail address or profile URL, as spelled; never empty.
    pub address: String,
    /// The name shown beside it.
    pub name: Option<String>,
}
