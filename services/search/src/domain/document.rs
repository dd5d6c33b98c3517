//! The document of a person: three parts from two publishers, each with its own version, so that
//! events may come in any order and more than once.

use kith_shared::{
    events::{
        ingest::PersonState,
        network::{AnnotationChanged, Band},
    },
    ids::{AccountId, PersonId},
    open::{Open, OpenPerson, OpenTie},
};

use super::words::{fold, name_words, phone_words, words};

/// Characters of a name that count when people are sorted.
const SORTED_LIMIT: usize = 200;
/// Stands between name and id in [`Texts::sort`].
pub const SORT_ID_MARK: char = '\u{1}';
/// Longest name under which people of an organisation are counted, in characters.
const ORGANISATION_LIMIT: usize = 500;

/// What is known of one person. Parts that were not published yet are missing: a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub id: PersonId,
    /// Whose book it is in.
    pub account: AccountId,
    pub person: Option<Person>,
    pub annotation: Option<Annotation>,
    pub tie: Option<Tie>,
    /// What a later version keeps of it: passed on as it is.
    pub later: Later,
}

/// Fields that only a later version knows.
pub type Later = serde_json::Map<String, serde_json::Value>;

/// What ingest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Ingest's version of the person.
    pub version: i64,
    /// What became of it.
    pub state: Open<PersonState>,
    /// The name to show.
    pub display_name: String,
    /// Nicknames and other spellings.
    pub other_names: Vec<String>,
    pub emails: Vec<String>,
    /// As written, best first.
    pub phones: Vec<String>,
    /// Organisation and title, current first.
    pub employments: Vec<(String, Option<String>)>,
    /// What the sources put on the person.
    pub labels: Vec<String>,
    /// Ids merged into this one.
    pub aliases: Vec<PersonId>,
    /// What a later version keeps of it: passed on as it is.
    pub later: Later,
}

/// What the owner wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Network's version of it.
    pub version: i64,
    pub tags: Vec<String>,
    pub notes: Vec<String>,
    /// What a later version keeps of it: passed on as it is.
    pub later: Later,
}

/// How warm the owner's tie to the person is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Network's version of it.
    pub version: i64,
    /// In four steps.
    pub band: Open<Band>,
    /// What a later version keeps of it: passed on as it is.
    pub later: Later,
}

/// One thing that an event says of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub id: PersonId,
    /// Whose book it is in.
    pub account: AccountId,
    /// The part of the document that it replaces, if it is newer.
    pub part: Part,
}

/// A part of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Person(Person),
    Annotation(Annotation),
    Tie(Tie),
}

/// Whose document it is, and the versions of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Versions {
    pub id: PersonId,
    /// Whose book it is in.
    pub account: AccountId,
    pub person: Option<i64>,
    /// Network's, of tags and notes.
    pub annotation: Option<i64>,
    /// Network's, of the tie.
    pub tie: Option<i64>,
}

impl Document {
    /// Nothing known yet.
    #[must_use]
    pub fn placeholder(id: PersonId, account: AccountId) -> Self {
        Self {
            id,
            account,
            person: None,
            annotation: None,
            tie: None,
            later: Later::new(),
        }
    }

    /// Takes a part in if it is newer than what is here; whether it was.
    pub fn absorb(&mut self, part: Part) -> bool {
        let newer = match part {
            Part::Person(new) => replace(&mut self.person, new, |part| part.version),
            Part::Annotation(new) => replace(&mut self.annotation, new, |part| part.version),
            Part::Tie(new) => replace(&mut self.tie, new, |part| part.version),
        };
        self.forget_if_removed();
        newer
    }

    /// A removed person keeps versions and nothing personal. Removal is final, so this commutes.
    fn forget_if_removed(&mut self) {
        let Some(person) = &mut self.person else {
            return;
        };
        if person.state == Open::Known(PersonState::Removed) {
            *person = Person {
                version: person.version,
                state: Open::Known(PersonState::Removed),
                display_name: String::new(),
                other_names: Vec::new(),
                emails: Vec::new(),
                phones: Vec::new(),
                employments: Vec::new(),
                labels: Vec::new(),
                aliases: Vec::new(),
                later: Later::new(),
            };
            self.later.clear();
            if let Some(annotation) = &mut self.annotation {
                annotation.tags.clear();
                annotation.notes.clear();
                annotation.later.clear();
            }
        }
    }

    /// The versions of its parts.
    #[must_use]
    pub fn versions(&self) -> Versions {
        Versions {
            id: self.id,
            account: self.account,
            person: self.person.as_ref().map(|part| part.version),
            annotation: self.annotation.as_ref().map(|part| part.version),
            tie: self.tie.as_ref().map(|part| part.version),
        }
    }

    /// The person, if it stands for itself: merged and removed ones are not found.
    #[must_use]
    pub fn active(&self) -> Option<&Person> {
        self.person
            .as_ref()
            .filter(|person| person.state == Open::Known(PersonState::Active))
    }

    /// All tags.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        self.annotation
            .as_ref()
            .map_or(&[], |annotation| &annotation.tags)
    }

    /// The band; weak while none was published, and where only a later version knows it.
    #[must_use]
    pub fn band(&self) -> Band {
        match self.tie.as_ref().map(|tie| &tie.band) {
            Some(Open::Known(band)) => *band,
            Some(Open::Other(_)) | None => Band::Weak,
        }
    }

    /// What can be searched, by whom. None for persons who are not to be found.
    #[must_use]
    pub fn texts(&self) -> Option<Texts> {
        let person = self.active()?;
        let (organisation, title) = person.work();
        let name = name_words(&person.display_name);
        let mut work = name_words(organisation.unwrap_or_default());
        let organisation_words = work.join(" ");
        work.extend(name_words(title.unwrap_or_default()));
        let mut own_name = name.clone();
        own_name.extend(person.other_names.iter().flat_map(|text| name_words(text)));
        let mut own = work.clone();
        for (organisation, title) in person.employments.iter().skip(1) {
            own.extend(name_words(organisation));
            own.extend(name_words(title.as_deref().unwrap_or_default()));
        }
        own.extend(person.emails.iter().flat_map(|text| words(text)));
        own.extend(person.phones.iter().flat_map(|text| phone_words(text)));
        own.extend(person.labels.iter().flat_map(|text| name_words(text)));
        own.extend(self.tags().iter().flat_map(|text| name_words(text)));
        if let Some(annotation) = &self.annotation {
            own.extend(annotation.notes.iter().flat_map(|text| words(text)));
        }
        Some(Texts {
            name: name.join(" "),
            work: work.join(" "),
            organisation_words,
            own_name: own_name.join(" "),
            own: own.join(" "),
            organisation: organisation.map(|name| cut(name, ORGANISATION_LIMIT)),
            // Two people of one name differ here, so that every list has one order.
            sort: format!(
                "{}{SORT_ID_MARK}{}",
                cut(&fold(&person.display_name), SORTED_LIMIT),
                self.id
            ),
        })
    }
}

impl Person {
    /// The organisation and title that are shown: the first.
    #[must_use]
    pub fn work(&self) -> (Option<&str>, Option<&str>) {
        match self.employments.first() {
            Some((organisation, title)) => (
                Some(organisation.as_str()).filter(|text| !text.trim().is_empty()),
                title.as_deref().filter(|text| !text.trim().is_empty()),
            ),
            None => (None, None),
        }
    }
}

fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

fn replace<T>(current: &mut Option<T>, new: T, version: impl Fn(&T) -> i64) -> bool {
    let newer = current
        .as_ref()
        .is_none_or(|current| version(&new) > version(current));
    if newer {
        *current = Some(new);
    }
    newer
}

/// The searchable texts of a person, already words with blanks between them. What a member of a
/// circle may not see stands only in the texts that begin with `own`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// The name that is shown.
    pub name: String,
    /// Organisation and title that are shown.
    pub work: String,
    /// The organisation that is shown, alone.
    pub organisation_words: String,
    /// All names; for the owner.
    pub own_name: String,
    /// Everything that is no name; for the owner.
    pub own: String,
    /// The organisation as written.
    pub organisation: Option<String>,
    /// Sorts by name and is unique.
    pub sort: String,
}

impl From<OpenPerson> for Change {
    fn from(event: OpenPerson) -> Self {
        Self {
            id: event.person_id,
            account: event.account_id,
            part: Part::Person(Person {
                version: event.version,
                state: event.state,
                display_name: event.display_name,
                other_names: event.other_names,
                emails: event.emails,
                phones: event.phones,
                employments: event
                    .employments
                    .into_iter()
                    .map(|employment| (employment.organisation, employment.title))
                    .collect(),
                labels: event.labels,
                aliases: event.aliases,
                later: Later::new(),
            }),
        }
    }
}

impl From<AnnotationChanged> for Change {
    fn from(event: AnnotationChanged) -> Self {
        Self {
            id: event.person_id,
            account: event.account_id,
            part: Part::Annotation(Annotation {
                version: event.version,
                tags: event.tags,
                notes: event.notes,
                later: Later::new(),
            }),
        }
    }
}

impl From<OpenTie> for Change {
    fn from(event: OpenTie) -> Self {
        Self {
            id: event.person_id,
            account: event.account_id,
            part: Part::Tie(Tie {
                version: event.version,
                band: event.band,
                later: Later::new(),
            }),
        }
    }
}
