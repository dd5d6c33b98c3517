//! The fields of a person, computed from its records: by precedence of the source, then by
//! recency, each value once with everyone who says so.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use kith_formats::{Address, Contact, PartialDate, Photo};
use kith_shared::{
    events::ingest::{Connection, Employment as PublishedEmployment},
    ids::RecordId,
    keys::{StrongKey, normalise_email},
};

use super::{
    employment::{Employment, employments},
    key::Key,
    record::{Edit, Record, Said, Source},
};

/// A person as its records describe it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// The name to show; never empty.
    pub display_name: String,
    /// All values, by name of the field, best first within each.
    pub fields: Vec<Field>,
    /// Where they work or worked, current first.
    pub employments: Vec<Employment>,
    /// Labels that the sources put on the person.
    pub labels: Vec<String>,
    /// In which lists of the owner the person stands.
    pub connections: Vec<Connection>,
    /// All keys of all records, sorted.
    pub keys: Vec<Key>,
}

/// A value and who says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// `name`, `email`, …
    pub name: &'static str,
    /// As the best source spells it.
    pub value: String,
    /// What it is, in the source's words.
    pub label: Option<String>,
    /// Whether it is the one to use of its name.
    pub preferred: bool,
    /// Who says so, best first.
    pub sources: Vec<Witness>,
    normal: String,
}

/// One record that says a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The record.
    pub record: RecordId,
    /// Its source.
    pub source: Source,
    /// The file it stands in.
    pub file_name: Option<String>,
    /// When the source said so.
    pub observed_at: Timestamp,
}

/// The order in which fields are shown.
const ORDER: [&str; 11] = [
    "name", "nickname", "email", "phone", "url", "address", "birthday", "note", "photo", "related",
    "custom",
];

impl Profile {
    /// Computes it. The order of `records` does not matter.
    #[must_use]
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut records: Vec<&Record> = records.into_iter().collect();
        records.sort_by_key(|record| {
            std::cmp::Reverse((record.source.precedence(), record.observed_at, record.id))
        });
        let mut gathering = Gathering::default();
        for record in &records {
            gathering.take(record);
        }
        let mut fields = gathering.fields;
        fields.sort_by_key(|field| ORDER.iter().position(|name| *name == field.name));
        prefer_one_of_each(&mut fields);
        let employments = employments(&records);
        let mut keys: Vec<Key> = records
            .iter()
            .flat_map(|record| record.keys.clone())
            .collect();
        keys.sort();
        keys.dedup();
        Self {
            display_name: display_name(&fields, &employments),
            employments,
            labels: labels(&records),
            connections: connections(&records),
            fields,
            keys,
        }
    }

    /// Values of one field, best first.
    pub fn values(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |field| field.name == name)
            .map(|field| field.value.as_str())
    }

    /// Names other than the one shown.
    #[must_use]
    pub fn other_names(&self) -> Vec<String> {
        let names = self.values("name").chain(self.values("nickname"));
        names
            .filter(|name| *name != self.display_name)
            .map(str::to_owned)
            .collect()
    }

    /// The employments as events carry them: those with an organisation.
    #[must_use]
    pub fn published_employments(&self) -> Vec<PublishedEmployment> {
        let published = |employment: &Employment| PublishedEmployment {
            organisation: employment.organisation.clone(),
            title: employment.title.clone(),
            current: employment.current,
        };
        let named = self
            .employments
            .iter()
            .filter(|employment| !employment.organisation.is_empty());
        named.map(published).collect()
    }
}

/// Fields under construction, and which of them the owner has taken over.
#[derive(Default)]
struct Gathering {
    fields: Vec<Field>,
    overridden: Vec<&'static str>,
}

impl Gathering {
    fn take(&mut self, record: &Record) {
        match &record.said {
            Said::Edit(edit) => self.take_edit(record, edit),
            Said::Contact(contact) => self.take_contact(record, contact),
            Said::Other(_) => {}
        }
    }

    /// The newest edit that speaks of a field is the only one that does.
    fn take_edit(&mut self, record: &Record, edit: &Edit) {
        let one = |text: &Option<String>| text.clone().map(|text| vec![text]);
        let said = [
            ("nickname", one(&edit.nickname)),
            ("email", edit.emails.clone()),
            ("phone", edit.phones.clone()),
            ("url", edit.urls.clone()),
            ("birthday", one(&edit.birthday)),
        ];
        if let Some(name) = edit
            .display_name
            .as_deref()
            .filter(|name| !name.trim().is_empty())
        {
            self.add(record, "name", name, None, true);
        }
        for (name, values) in said {
            let Some(values) = values.filter(|_| !self.overridden.contains(&name)) else {
                continue;
            };
            for value in values.iter().filter(|value| !value.trim().is_empty()) {
                self.add(record, name, value, None, false);
            }
            self.overridden.push(name);
        }
    }

    fn take_contact(&mut self, record: &Record, contact: &Contact) {
        self.add(record, "name", &contact.name.full, None, false);
        for nickname in &contact.nicknames {
            self.add(record, "nickname", nickname, None, false);
        }
        let lists = [
            ("email", &contact.emails),
            ("phone", &contact.phones),
            ("url", &contact.urls),
            ("custom", &contact.handles),
        ];
        for (name, list) in lists {
            for said in list {
                let types = (!said.types.is_empty()).then(|| said.types.join(", "));
                self.add(
                    record,
                    name,
                    &said.value,
                    said.label.clone().or(types),
                    said.preferred,
                );
            }
        }
        for address in &contact.addresses {
            self.add(
                record,
                "address",
                &one_line(address),
                address.label.clone(),
                address.preferred,
            );
        }
        if let Some(birthday) = contact.birthday {
            self.add(record, "birthday", &spell(birthday), None, false);
        }
        for dated in &contact.dates {
            self.add(
                record,
                "custom",
                &spell(dated.date),
                dated.label.clone(),
                false,
            );
        }
        if let Some(note) = &contact.notes {
            self.add(record, "note", note, None, false);
        }
        if let Some(Photo::Url(url)) = &contact.photo {
            self.add(record, "photo", url, None, false);
        }
        for related in &contact.related {
            self.add(
                record,
                "related",
                &related.name,
                related.relation.clone(),
                false,
            );
        }
        for line in &contact.unknown {
            self.add(record, "custom", line, None, false);
        }
    }

    fn add(
        &mut self,
        record: &Record,
        name: &'static str,
        value: &str,
        label: Option<String>,
        preferred: bool,
    ) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let said = Witness {
            record: record.id,
            source: record.source.clone(),
            file_name: record.file_name.clone(),
            observed_at: record.observed_at,
        };
        let normal = normal(name, value);
        let known = self
            .fields
            .iter_mut()
            .find(|field| field.name == name && field.normal == normal);
        if let Some(field) = known {
            field.label = field.label.take().or(label);
            field.preferred |= preferred;
            if field
                .sources
                .iter()
                .all(|before| before.record != record.id)
            {
                field.sources.push(said);
            }
        } else if !self.overridden.contains(&name) {
            let value = value.to_owned();
            self.fields.push(Field {
                name,
                value,
                label,
                preferred,
                sources: vec![said],
                normal,
            });
        }
    }
}

/// In which spelling two values are the same.
fn normal(name: &str, value: &str) -> String {
    let folded = || {
        value
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase()
    };
    match name {
        "email" => normalise_email(value).unwrap_or_else(folded),
        "phone" => value
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '+')
            .collect(),
        "url" => StrongKey::profile(value).map_or_else(
            || {
                folded()
                    .trim_start_matches("https://")
                    .trim_start_matches("http://")
                    .trim_end_matches('/')
                    .to_owned()
            },
            |key| key.value,
        ),
        "note" | "photo" => value.to_owned(),
        _ => folded(),
    }
}

/// Of each field one value is the one to use: what the best source marks, else its first.
fn prefer_one_of_each(fields: &mut [Field]) {
    for name in ORDER {
        let of_name = || {
            fields
                .iter()
                .enumerate()
                .filter(|(_, field)| field.name == name)
        };
        let best = of_name()
            .map(|(_, field)| field.sources[0].source.precedence())
            .max();
        let marked = of_name().find(|(_, field)| {
            field.preferred && Some(field.sources[0].source.precedence()) == best
        });
        let chosen = marked.or_else(|| of_name().next()).map(|(at, _)| at);
        for (at, field) in fields
            .iter_mut()
            .enumerate()
            .filter(|(_, field)| field.name == name)
        {
            field.preferred = Some(at) == chosen;
        }
        if let Some(chosen) = chosen {
            let first = fields
                .iter()
                .position(|field| field.name == name)
                .unwrap_or(chosen);
            fields[first..=chosen].rotate_right(1);
        }
    }
}

fn display_name(fields: &[Field], employments: &[Employment]) -> String {
    let first = |name: &str| fields.iter().find(|field| field.name == name);
    let by_field = ["name", "nickname"]
        .into_iter()
        .find_map(first)
        .map(|field| field.value.clone());
    let organisation = || {
        employments
            .iter()
            .map(|employment| &employment.organisation)
            .find(|name| !name.is_empty())
            .cloned()
    };
    let address = || {
        ["email", "phone", "url", "custom"]
            .into_iter()
            .find_map(first)
            .map(|field| field.value.clone())
    };
    let text = by_field.or_else(|| address().filter(|text| text.contains('@')));
    text.or_else(organisation)
        .or_else(address)
        .unwrap_or_else(|| "Unnamed".to_owned())
}

fn labels(records: &[&Record]) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for record in records {
        let Said::Contact(contact) = &record.said else {
            continue;
        };
        for label in &contact.labels {
            if !labels.contains(label) {
                labels.push(label.clone());
            }
        }
    }
    labels
}

/// Mail is no list that the owner made; every other source is.
fn connections(records: &[&Record]) -> Vec<Connection> {
    let mut since: BTreeMap<&str, Option<Date>> = BTreeMap::new();
    for record in records
        .iter()
        .filter(|record| record.source != Source::Mail)
    {
        let day = match &record.said {
            Said::Contact(contact) => contact.connected_on,
            Said::Edit(_) | Said::Other(_) => None,
        };
        let known = since.entry(record.source.as_str()).or_default();
        *known = match (*known, day) {
            (Some(known), Some(day)) => Some(known.min(day)),
            (known, day) => known.or(day),
        };
    }
    since
        .into_iter()
        .map(|(source, since)| Connection {
            source: source.to_owned(),
            since,
        })
        .collect()
}

fn one_line(address: &Address) -> String {
    if let Some(formatted) = &address.formatted {
        return formatted
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
    }
    let town = [&address.postal_code, &address.city]
        .into_iter()
        .flatten()
        .cloned()
        .collect::<Vec<_>>()
        .join(" ");
    let town = (!town.is_empty()).then_some(town);
    let parts = [
        &address.po_box,
        &address.extended,
        &address.street,
        &town,
        &address.region,
        &address.country,
    ];
    parts
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn spell(date: PartialDate) -> String {
    match date.year {
        Some(year) => format!("{year:04}-{:02}-{:02}", date.month, date.day),
        None => format!("--{:02}-{:02}", date.month, date.day),
    }
}
