//! What of a record can be compared with another's.

use kith_formats::{Contact, Labelled, PartialDate};

use super::names::PersonName;
use crate::domain::{
    field::FieldName,
    key::{Key, KeyForm, is_ones_own},
    record::{Edit, Record, Said, Source},
};

/// A value that two records may share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// In the spelling in which it is compared.
    pub key: Key,
    /// A telephone of a house or a firm rather than of somebody: what it is called says so.
    pub of_a_place: bool,
}

/// What a record says, ready to be compared.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Every name that it gives.
    pub names: Vec<PersonName>,
    /// Addresses, numbers and pages.
    pub carried: Vec<Carried>,
    /// The birthday.
    pub birthday: Option<PartialDate>,
    /// Organisations, folded.
    pub organisations: Vec<String>,
    /// Where they live, folded.
    pub places: Vec<String>,
    /// It is a card of an organisation.
    pub is_organisation: bool,
    /// The owner said it.
    pub is_owners: bool,
    /// A list in which the same human rarely stands twice; none of mail and of the owner's word.
    pub list: Option<String>,
}

/// The key by which records of the same name are found.
#[must_use]
pub fn name_key(name: &PersonName) -> Option<Key> {
    let (one, two) = name.ends()?;
    Some(Key(if one == two {
        format!("name:{one}")
    } else {
        format!("name:{one} {two}")
    }))
}

impl Facts {
    /// Those of a record; `edit` is what its owner says of the person, by which values that are not
    /// in it are no longer the person's.
    #[must_use]
    pub fn of(record: &Record, edit: Option<&Edit>) -> Self {
        let mut facts = Self {
            is_owners: record.source == Source::You,
            list: (record.source.is_list() && record.source != Source::You)
                .then(|| record.source.as_str().to_owned()),
            ..Self::default()
        };
        match &record.said {
            Said::Contact(contact) => facts.take_contact(contact, &record.keys),
            Said::Edit(edit) => facts.take_edit(edit, &record.keys),
            Said::Other(_) => facts.carry(&record.keys, None),
        }
        if let Some(edit) = edit.filter(|_| record.edit().is_none()) {
            facts.strike(edit);
        }
        facts
    }

    /// Takes out what the owner says is not the person's.
    fn strike(&mut self, edit: &Edit) {
        let fields = [
            (FieldName::Email, KeyForm::Email),
            (FieldName::Phone, KeyForm::Phone),
            (FieldName::Url, KeyForm::Profile),
        ];
        for (field, form) in fields {
            if edit.said.contains_key(&field) {
                // What stays is said by the edit itself.
                self.carried.retain(|it| match it.key.form() {
                    KeyForm::Digits => form != KeyForm::Phone,
                    KeyForm::Mailbox => form != KeyForm::Email,
                    other => other != form,
                });
            }
        }
        if edit.said.contains_key(&FieldName::Birthday) {
            self.birthday = None;
        }
    }

    fn take_contact(&mut self, contact: &Contact, keys: &[Key]) {
        let name = PersonName::of(&contact.name);
        if !name.is_empty() {
            self.names.push(name);
        }
        self.is_organisation = contact.is_organisation;
        self.birthday = contact.birthday;
        let organisations = contact.employments.iter();
        self.organisations
            .extend(organisations.filter_map(|it| Some(folded(it.organisation.as_deref()?))));
        for address in &contact.addresses {
            let parts = [&address.street, &address.postal_code, &address.city];
            let parts: Vec<String> = parts.into_iter().flatten().map(|it| folded(it)).collect();
            // A town alone is everybody's.
            if address.street.is_some() && parts.len() > 1 {
                self.places.push(parts.join(" "));
            }
        }
        self.carry(keys, Some(contact));
    }

    fn take_edit(&mut self, edit: &Edit, keys: &[Key]) {
        if let Some(text) = edit.text(FieldName::Name) {
            let name = PersonName::in_one(text);
            if !name.is_empty() {
                self.names.push(name);
            }
        }
        if let Some(text) = edit
            .text(FieldName::Organisation)
            .filter(|it| !it.is_empty())
        {
            self.organisations.push(folded(text));
        }
        self.birthday = edit.text(FieldName::Birthday).and_then(day);
        self.carry(keys, None);
    }

    fn carry(&mut self, keys: &[Key], contact: Option<&Contact>) {
        for key in keys.iter().filter(|key| !key.is_name()) {
            let phone = contact.and_then(|contact| phone_of(key, contact));
            // An earlier version made keys of machines and of other people's telephones too.
            if phone.is_some_and(|phone| !is_ones_own(phone)) {
                continue;
            }
            self.carried.push(Carried {
                key: key.clone(),
                of_a_place: phone.is_some_and(is_of_a_place),
            });
        }
    }
}

/// The entry of a contact of whose number a key is.
fn phone_of<'c>(key: &Key, contact: &'c Contact) -> Option<&'c Labelled> {
    let tail = key.tail()?;
    let mut phones = contact.values[FieldName::Phone].iter();
    phones.find(|phone| digits(&phone.value).ends_with(&tail))
}

/// Whether a number is called one of a house or a firm, and not a mobile one.
fn is_of_a_place(phone: &Labelled) -> bool {
    let words = phone
        .types
        .iter()
        .map(String::as_str)
        .chain(phone.label.as_deref());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    let has = |wanted: &[&str]| {
        words
            .iter()
            .any(|word| wanted.iter().any(|wanted| word.contains(wanted)))
    };
    has(&[
        "work", "home", "main", "company", "office", "firm", "privat", "gesch",
    ]) && !has(&["cell", "mobil", "handy", "iphone"])
}

/// The digits of a text, of any script.
#[must_use]
pub fn digits(text: &str) -> String {
    let digits = text.chars().filter_map(|c| {
        if c.is_ascii_digit() {
            return Some(c);
        }
        let folded = deunicode::deunicode_char(c)?;
        let mut folded = folded.chars();
        match (c.is_numeric(), folded.next(), folded.next()) {
            (true, Some(digit), None) if digit.is_ascii_digit() => Some(digit),
            _ => None,
        }
    });
    digits.collect()
}

fn folded(text: &str) -> String {
    let text = deunicode::deunicode(text).to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// `1815-12-10` or `--12-10`.
fn day(text: &str) -> Option<PartialDate> {
    let (year, rest) = match text.strip_prefix("--") {
        Some(rest) => (None, rest),
        None => {
            let (year, rest) = text.split_once('-')?;
            (Some(year.parse().ok()?), rest)
        }
    };
    let (month, day) = rest.split_once('-')?;
    Some(PartialDate {
        year,
        month: month.parse().ok()?,
        day: day.parse().ok()?,
    })
}
