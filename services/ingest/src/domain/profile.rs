//! The fields of a person, computed from its records: by precedence of the source, then by
//! recency, each value once with everyone who says so. What a source said once and says no more is
//! former: it is shown behind what holds, and neither published nor evidence of anything.

mod spelled;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use kith_formats::{Contact, Photo};
use kith_shared::{
    events::ingest::{Connection, Employment as PublishedEmployment},
    ids::RecordId,
};

use self::spelled::{has_part, one_line, parts_beside, spell};
use super::{
    employment::{Employment, employments},
    field::{FieldName, Form, is_of_employment, spec},
    key::{Key, ends_alike},
    record::{Edit, Record, Said, Source},
    resolution::Facts,
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
    /// All keys of what holds, sorted; not those of values that the owner struck out.
    pub keys: Vec<Key>,
}

/// A value and who says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Which field it is of.
    pub name: FieldName,
    /// As the best source spells it.
    pub value: String,
    /// What it is, in the source's words.
    pub label: Option<String>,
    /// Whether it is the one to use of its name.
    pub preferred: bool,
    /// Nobody says so any more.
    pub former: bool,
    /// Who says so, or said so, best first.
    pub sources: Vec<FieldSource>,
    normal: String,
}

/// One record that says a value.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldSource {
    pub record: RecordId,
    pub source: Source,
    /// The file it stands in.
    pub file_name: Option<String>,
    /// When the source said so.
    pub observed_at: Timestamp,
    /// Since when it says something else.
    pub until: Option<Timestamp>,
}

impl Profile {
    /// Computes it. The order of `records` does not matter.
    #[must_use]
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut records: Vec<&Record> = records.into_iter().collect();
        records.sort_by_key(|record| {
            let (precedence, at) = (record.source.precedence(), record.observed_at);
            std::cmp::Reverse((record.is_current(), precedence, at, record.id))
        });
        let mut gathered = Gathered::default();
        for record in &records {
            gathered.take(record);
        }
        let mut fields = gathered.fields;
        fields.sort_by_key(|field| field.name);
        prefer_one_of_each(&mut fields);
        let employments = employments(&records);
        let keys = keys(&records);
        records.retain(|record| record.is_current());
        Self {
            display_name: display_name(&fields, &employments),
            employments,
            labels: labels(&records),
            connections: connections(&records),
            fields,
            keys,
        }
    }

    /// Values of one field that hold, best first.
    pub fn values(&self, name: FieldName) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |field| field.name == name && !field.former)
            .map(|field| field.value.as_str())
    }

    /// Names other than the one shown.
    #[must_use]
    pub fn other_names(&self) -> Vec<String> {
        let names = self
            .values(FieldName::Name)
            .chain(self.values(FieldName::Nickname));
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
struct Gathered {
    fields: Vec<Field>,
    overridden: Vec<FieldName>,
}

impl Gathered {
    fn take(&mut self, record: &Record) {
        match &record.said {
            Said::Edit(edit) => self.take_edit(record, edit),
            Said::Contact(contact) => self.take_contact(record, contact),
            Said::Other(_) => {}
        }
    }

    /// The newest edit that speaks of a field is the only one that does; what files call a person
    /// stays among the names.
    fn take_edit(&mut self, record: &Record, edit: &Edit) {
        for (name, values) in &edit.said {
            if is_of_employment(*name) || self.overridden.contains(name) {
                continue;
            }
            let is_name = *name == FieldName::Name;
            for value in values {
                self.add(record, *name, value, None, is_name);
            }
            if !is_name {
                self.overridden.push(*name);
            }
        }
    }

    fn take_contact(&mut self, record: &Record, contact: &Contact) {
        self.add(record, FieldName::Name, &contact.name.full, None, false);
        for (part, label) in parts_beside(&contact.name) {
            self.add(
                record,
                FieldName::Custom,
                part,
                Some(label.to_owned()),
                false,
            );
        }
        for department in contact
            .employments
            .iter()
            .filter_map(|it| it.department.as_ref())
        {
            let label = Some("Department".to_owned());
            self.add(record, FieldName::Custom, department, label, false);
        }
        for (name, values) in contact.values.iter() {
            for said in values {
                let types = (!said.types.is_empty()).then(|| said.types.join(", "));
                let label = said.label.clone().or(types);
                self.add(record, name, &said.value, label, said.preferred);
            }
        }
        for address in &contact.addresses {
            let (text, label) = (one_line(address), address.label.clone());
            self.add(record, FieldName::Address, &text, label, address.preferred);
        }
        if let Some(birthday) = contact.birthday {
            self.add(record, FieldName::Birthday, &spell(birthday), None, false);
        }
        for dated in &contact.dates {
            let (text, label) = (spell(dated.date), dated.label.clone());
            self.add(record, FieldName::Custom, &text, label, false);
        }
        if let Some(note) = &contact.notes {
            self.add(record, FieldName::Note, note, None, false);
        }
        if let Some(Photo::Url(url)) = &contact.photo {
            self.add(record, FieldName::Photo, url, None, false);
        }
        for related in &contact.related {
            let label = related.relation.clone();
            self.add(record, FieldName::Related, &related.name, label, false);
        }
        for line in &contact.unknown {
            self.add(record, FieldName::Custom, line, None, false);
        }
    }

    fn add(
        &mut self,
        record: &Record,
        name: FieldName,
        value: &str,
        label: Option<String>,
        preferred: bool,
    ) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let said = FieldSource {
            record: record.id,
            source: record.source.clone(),
            file_name: record.file_name.clone(),
            observed_at: record.observed_at,
            until: record.until,
        };
        let normal = spec(name).form.normal(value);
        let known = self
            .fields
            .iter_mut()
            .find(|field| field.name == name && is_the_same(field, &normal));
        if let Some(field) = known {
            // A record may say a value twice, as one for home and one for work.
            let is_same_record = field
                .sources
                .last()
                .is_some_and(|it| it.record == record.id);
            field.label = match (field.label.take(), label) {
                (Some(one), Some(other)) if is_same_record && !has_part(&one, &other) => {
                    Some(format!("{one}, {other}"))
                }
                (one, other) => one.or(other),
            };
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
                former: !record.is_current(),
                sources: vec![said],
                normal,
            });
        }
    }
}

/// Whether a value is one of a field's: a telephone number is with and without its country.
fn is_the_same(field: &Field, normal: &str) -> bool {
    let is_phone = spec(field.name).form == Form::Phone;
    field.normal == normal || is_phone && ends_alike(normal, &field.normal)
}

/// Of each field one value is the one to use: what the best source marks, else its first.
fn prefer_one_of_each(fields: &mut [Field]) {
    for name in FieldName::ALL {
        let of_name = || {
            fields
                .iter()
                .enumerate()
                .filter(|(_, field)| field.name == name && !field.former)
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
    let first = |name: FieldName| {
        let mut of_name = fields.iter().filter(|field| field.name == name);
        of_name.find(|field| !field.former)
    };
    let by_field = [FieldName::Name, FieldName::Nickname]
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
        [
            FieldName::Email,
            FieldName::Phone,
            FieldName::Url,
            FieldName::Custom,
        ]
        .into_iter()
        .find_map(first)
        .map(|field| field.value.clone())
    };
    let text = by_field.or_else(|| address().filter(|text| text.contains('@')));
    text.or_else(organisation)
        .or_else(address)
        .unwrap_or_else(|| "Unnamed".to_owned())
}

/// The keys of what holds, sorted, each once.
fn keys(records: &[&Record]) -> Vec<Key> {
    let edits = records.iter().filter(|record| record.edit().is_some());
    let edit = edits
        .max_by_key(|record| record.id)
        .and_then(|record| record.edit());
    let current = records.iter().filter(|record| record.is_current());
    let mut keys: Vec<Key> = current
        .flat_map(|record| Facts::of(record, edit).carried)
        .map(|carried| carried.key)
        .collect();
    keys.sort();
    keys.dedup();
    keys
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

fn connections(records: &[&Record]) -> Vec<Connection> {
    let mut lists: BTreeMap<&str, (&Source, Option<Date>)> = BTreeMap::new();
    for record in records.iter().filter(|record| record.source.is_list()) {
        let day = match &record.said {
            Said::Contact(contact) => contact.connected_on,
            Said::Edit(_) | Said::Other(_) => None,
        };
        let name = record.source.as_str();
        let (_, known) = lists.entry(name).or_insert((&record.source, None));
        *known = match (*known, day) {
            (Some(known), Some(day)) => Some(known.min(day)),
            (known, day) => known.or(day),
        };
    }
    let connection = |(source, since): (&Source, _)| Connection {
        source: source.as_str().to_owned(),
        class: source.list_class().map(Into::into),
        since,
    };
    lists.into_values().map(connection).collect()
}
