//! `Connections.csv`, and the address books once uploaded: `Contacts.csv`, `ImportedContacts.csv`.

use super::{RowParser, headers};
use crate::{
    dates,
    entry::Content,
    field::FieldName,
    model::{Address, Contact, Employment, Labelled, Name},
    table::{Columns, Row},
    text::non_empty,
};

/// Values taken out of one cell.
const MAX_VALUES: usize = 200;

/// Where a table of connections has what.
pub(super) struct ConnectionColumns {
    given: Option<usize>,
    family: Option<usize>,
    url: Option<usize>,
    email: Option<usize>,
    company: Option<usize>,
    title: Option<usize>,
    connected: Option<usize>,
}

impl ConnectionColumns {
    /// In the order in which LinkedIn writes them.
    pub(super) const BY_PLACE: Self = Self {
        given: Some(0),
        family: Some(1),
        url: Some(2),
        email: Some(3),
        company: Some(4),
        title: Some(5),
        connected: Some(6),
    };

    pub(super) fn by_name(columns: &Columns) -> Self {
        Self {
            given: columns.find(headers::GIVEN),
            family: columns.find(headers::FAMILY),
            url: columns.find(&["url", "profileurl"]),
            email: columns.find(headers::EMAIL),
            company: columns.find(headers::COMPANY),
            title: columns.find(headers::POSITION),
            connected: columns.find(headers::CONNECTED),
        }
    }
}

/// `First Name,Last Name,URL,Email Address,Company,Position,Connected On`; older files lack the URL.
pub(super) fn connections(columns: ConnectionColumns) -> RowParser {
    let ConnectionColumns {
        given,
        family,
        url,
        email,
        company,
        title,
        connected,
    } = columns;
    Box::new(move |row: &mut Row| {
        let mut contact = Contact {
            name: name(row.filled(given), row.filled(family), String::new()),
            values: [
                (FieldName::Url, row.filled(url).map(profile)),
                (FieldName::Email, row.filled(email).map(Labelled::new)),
            ]
            .into_iter()
            .collect(),
            employments: employment(row.filled(company), row.filled(title)),
            ..Contact::default()
        };
        if contact.name.full.is_empty() && contact.values.is_empty() {
            return Content::left_out("", "a closed account: the export names nobody");
        }
        if let Some(day) = row.filled(connected) {
            contact.connected_on = dates::parse_day(&day);
            if contact.connected_on.is_none() {
                contact.unknown.push(format!("Connected On: {day}"));
            }
        }
        Content::contact(contact)
    })
}

fn name(given: Option<String>, family: Option<String>, full: String) -> Name {
    let mut name = Name {
        given,
        family,
        full,
        ..Name::default()
    };
    name.complete();
    name
}

fn profile(url: String) -> Labelled {
    Labelled {
        types: vec!["linkedin".to_owned()],
        ..Labelled::new(url)
    }
}

fn employment(organisation: Option<String>, title: Option<String>) -> Vec<Employment> {
    let given = organisation.is_some() || title.is_some();
    given
        .then_some(Employment {
            organisation,
            title,
            department: None,
        })
        .into_iter()
        .collect()
}

/// The table of uploaded address books; its cells hold several values with commas between them.
pub(super) fn contacts(columns: &Columns) -> RowParser {
    let column = |name: &str| columns.find(&[name]);
    let (given, family, full) = (column("firstname"), column("lastname"), column("fullname"));
    let (emails, phones) = (column("emails"), column("phonenumbers"));
    let (companies, title) = (column("companies"), column("title"));
    let (addresses, sites) = (column("addresses"), column("sites"));
    let (handles, birthday) = (column("instantmessagehandles"), column("birthday"));
    let (location, profiles) = (column("location"), column("profiles"));
    Box::new(move |row: &mut Row| {
        let text = |at| row.filled(at);
        let mut contact = Contact {
            name: name(text(given), text(family), text(full).unwrap_or_default()),
            values: [
                (FieldName::Email, list(row.cell(emails))),
                (FieldName::Phone, list(row.cell(phones))),
                (FieldName::Custom, list(row.cell(handles))),
                (FieldName::Url, list(row.cell(sites))),
                (FieldName::Url, list(row.cell(profiles))),
            ]
            .into_iter()
            .collect(),
            employments: employment(text(companies), text(title)),
            ..Contact::default()
        };
        let formatted = |formatted| Address {
            formatted: Some(formatted),
            ..Address::default()
        };
        contact
            .addresses
            .extend(text(addresses).or_else(|| text(location)).map(formatted));
        if let Some(birthday) = text(birthday) {
            contact.birthday = dates::parse_partial(&birthday);
            if contact.birthday.is_none() {
                contact.unknown.push(format!("Birthday: {birthday}"));
            }
        }
        Content::contact(contact)
    })
}

fn list(cell: &str) -> Vec<Labelled> {
    cell.split([',', ';'])
        .filter_map(non_empty)
        .take(MAX_VALUES)
        .map(Labelled::new)
        .collect()
}
