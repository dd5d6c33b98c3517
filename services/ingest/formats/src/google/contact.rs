//! A contact out of a row of Google's CSV.

use super::columns::{Family, GoogleColumns, Group, Single};
use crate::{
    dates,
    field::FieldName,
    model::{Address, Contact, Employment, Labelled, LabelledDate, Name, Photo, Related},
    table::Row,
    text::non_empty,
};

/// What joins several values in one cell.
const JOINT: &str = " ::: ";

/// Values taken out of one cell.
const MAX_VALUES: usize = 100;

pub(super) fn from_row(row: &Row, columns: &GoogleColumns) -> Contact {
    let text = |single| row.filled(columns.column(single));
    let mut contact = Contact {
        name: name(row, columns),
        values: [(
            FieldName::Nickname,
            text(Single::Nickname).map(Labelled::new),
        )]
        .into_iter()
        .collect(),
        notes: text(Single::Notes),
        photo: text(Single::Photo).map(Photo::Url),
        labels: labels(row.cell(columns.column(Single::Labels))),
        ..Contact::default()
    };
    add_employment(
        &mut contact,
        text(Single::Organisation),
        text(Single::Title),
        text(Single::Department),
    );
    if let Some(birthday) = text(Single::Birthday) {
        contact.birthday = dates::parse_partial(&birthday);
        if contact.birthday.is_none() {
            contact.unknown.push(format!("Birthday: {birthday}"));
        }
    }
    for group in &columns.groups {
        add_group(&mut contact, row, group);
    }
    for (name, at) in &columns.others {
        if let Some(value) = row.filled(Some(*at)) {
            contact.unknown.push(format!("{name}: {value}"));
        }
    }
    complete_name(&mut contact, text(Single::FileAs));
    contact
}

fn name(row: &Row, columns: &GoogleColumns) -> Name {
    let text = |single| row.filled(columns.column(single));
    let mut name = Name {
        prefix: text(Single::Prefix),
        given: text(Single::Given),
        additional: text(Single::Middle),
        family: text(Single::Family),
        suffix: text(Single::Suffix),
        full: text(Single::FullName).unwrap_or_default(),
    };
    name.complete();
    name
}

/// A record without a name but with an organisation stands for the organisation.
fn complete_name(contact: &mut Contact, file_as: Option<String>) {
    if !contact.name.full.is_empty() {
        if file_as
            .as_ref()
            .is_some_and(|file_as| *file_as != contact.name.full)
        {
            contact
                .unknown
                .extend(file_as.map(|file_as| format!("File As: {file_as}")));
        }
        return;
    }
    if let Some(file_as) = file_as {
        contact.name.full = file_as;
    } else if let Some(nickname) = contact.values[FieldName::Nickname].first() {
        contact.name.full.clone_from(&nickname.value);
    } else if let Some(name) = contact
        .employments
        .first()
        .and_then(|e| e.organisation.clone())
    {
        contact.name.full = name;
        contact.is_organisation = true;
    }
}

/// `* myContacts ::: Friends`; the star marks Google's own groups.
fn labels(cell: &str) -> Vec<String> {
    cell.split(JOINT)
        .filter_map(|label| non_empty(label.trim_start_matches("* ")))
        .take(MAX_VALUES)
        .collect()
}

fn add_employment(
    contact: &mut Contact,
    organisation: Option<String>,
    title: Option<String>,
    department: Option<String>,
) {
    if organisation.is_some() || title.is_some() || department.is_some() {
        contact.employments.push(Employment {
            organisation,
            title,
            department,
        });
    }
}

/// The values joined in one cell.
fn several(cell: &str) -> impl Iterator<Item = String> {
    cell.split(JOINT).filter_map(non_empty).take(MAX_VALUES)
}

/// The n-th of several values joined in one cell.
fn nth(cell: &str, n: usize) -> Option<String> {
    cell.split(JOINT).nth(n).and_then(non_empty)
}

fn add_group(contact: &mut Contact, row: &Row, group: &Group) {
    let cell = |names: &[&str]| row.cell(group.field(names));
    let label = cell(&["label", "type"]);
    match group.family {
        Family::Email => contact
            .values
            .extend(FieldName::Email, values(cell(&["value"]), label)),
        Family::Phone => contact
            .values
            .extend(FieldName::Phone, values(cell(&["value"]), label)),
        Family::Website => contact
            .values
            .extend(FieldName::Url, values(cell(&["value"]), label)),
        Family::Handle => {
            let service = cell(&["service"]).to_lowercase();
            let mut handles = values(cell(&["value"]), label);
            for handle in &mut handles {
                handle.types.extend(non_empty(&service));
            }
            contact.values.extend(FieldName::Custom, handles);
        }
        Family::Address => add_addresses(contact, row, group, label),
        Family::Organisation => add_organisations(contact, row, group),
        Family::Relation => {
            let relation = non_empty(starless(label));
            let names = several(cell(&["value"]));
            let related = names.map(|name| Related {
                relation: relation.clone(),
                name,
            });
            contact.related.extend(related);
        }
        Family::Event => add_events(contact, cell(&["value"]), label),
        Family::Custom => {
            contact
                .unknown
                .extend(non_empty(cell(&["value"])).map(|it| format!("{label}: {it}")));
        }
    }
}

fn starless(label: &str) -> &str {
    label
        .trim()
        .trim_start_matches("* ")
        .trim_start_matches('*')
}

/// Every value of a cell with its label. A star before the label marks the preferred value; the
/// labels that Google offers are types, any other is the owner's own.
fn values(cell: &str, label: &str) -> Vec<Labelled> {
    let (types, own) = types_and_label(label);
    let preferred = label.trim_start().starts_with('*');
    let labelled = |(n, value)| Labelled {
        value,
        types: types.clone(),
        label: own.clone(),
        preferred: preferred && n == 0,
    };
    several(cell).enumerate().map(labelled).collect()
}

fn types_and_label(label: &str) -> (Vec<String>, Option<String>) {
    const TYPES: [&str; 12] = [
        "home", "work", "mobile", "main", "other", "pager", "home fax", "work fax", "profile",
        "blog", "homepage", "internet",
    ];
    let label = starless(label);
    let lower = label.to_lowercase();
    match lower.as_str() {
        "" => (Vec::new(), None),
        "mobile" => (vec!["cell".to_owned()], None),
        known if TYPES.contains(&known) => (vec![lower], None),
        _ => (Vec::new(), Some(label.to_owned())),
    }
}

fn add_addresses(contact: &mut Contact, row: &Row, group: &Group, label: &str) {
    let cell = |name: &str| row.cell(group.field(&[name]));
    let count = group
        .fields
        .iter()
        .map(|(_, at)| row.cell(Some(*at)).split(JOINT).count())
        .max();
    let (types, own) = types_and_label(label);
    for n in 0..count.unwrap_or(0).min(MAX_VALUES) {
        let address = Address {
            formatted: nth(cell("formatted"), n),
            po_box: nth(cell("pobox"), n),
            extended: nth(cell("extendedaddress"), n),
            street: nth(cell("street"), n),
            city: nth(cell("city"), n),
            region: nth(cell("region"), n),
            postal_code: nth(cell("postalcode"), n),
            country: nth(cell("country"), n),
            types: types.clone(),
            label: own.clone(),
            preferred: n == 0 && label.trim_start().starts_with('*'),
        };
        if !address.is_empty() {
            contact.addresses.push(address);
        }
    }
}

fn add_organisations(contact: &mut Contact, row: &Row, group: &Group) {
    let cell = |name: &str| row.cell(group.field(&[name]));
    let count = ["name", "title", "department"].map(|name| cell(name).split(JOINT).count());
    for n in 0..count.into_iter().max().unwrap_or(0).min(MAX_VALUES) {
        add_employment(
            contact,
            nth(cell("name"), n),
            nth(cell("title"), n),
            nth(cell("department"), n),
        );
    }
    for (field, label) in [
        ("jobdescription", "Job description"),
        ("location", "Office"),
        ("symbol", "Symbol"),
        ("yominame", "Phonetic organisation"),
    ] {
        let said = several(cell(field)).map(|value| Labelled {
            label: Some(label.to_owned()),
            ..Labelled::new(value)
        });
        contact.values.extend(FieldName::Custom, said);
    }
}

fn add_events(contact: &mut Contact, cell: &str, label: &str) {
    for value in several(cell) {
        let label = non_empty(starless(label));
        match dates::parse_partial(&value) {
            Some(date) => contact.dates.push(LabelledDate { label, date }),
            None => contact
                .unknown
                .push(format!("{}: {value}", label.as_deref().unwrap_or("Event"))),
        }
    }
}
