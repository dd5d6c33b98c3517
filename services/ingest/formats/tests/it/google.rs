//! Google Contacts as CSV.

use kith_formats::{FieldName, Format::GoogleCsv, PartialDate, Photo};

use crate::support::{contact, entries, error, values};

const NEW: &str = "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,\
    Phonetic Last Name,Name Prefix,Name Suffix,Nickname,File As,Organization Name,\
    Organization Title,Organization Department,Birthday,Notes,Photo,Labels,E-mail 1 - Label,\
    E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,\
    Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,\
    Address 1 - PO Box,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,\
    Address 1 - Extended Address,Relation 1 - Label,Relation 1 - Value,Website 1 - Label,\
    Website 1 - Value,Event 1 - Label,Event 1 - Value,Custom Field 1 - Label,Custom Field 1 - Value\n";

const ADA: &str = "Ada,King,Lovelace,Eida,,,Lady,PhD,Countess,,Acme,Analyst,Engines,--12-10,\
    \"First line\nsecond \"\"line\"\"\",https://example.org/ada.jpg,* myContacts ::: Governo,* Work,\
    ada@example.org ::: ada@example.com,Engine room,ada@example.net,Mobile,+44 1 ::: +44 2,Home,\
    \"12 St James's Square\nLondon\",12 St James's Square,London,PO 1,Greater London,SW1Y,UK,Flat 2,\
    Spouse,William King,Profile,https://example.org,Anniversary,1835-07-08,Favourite,Engine\n";

#[test]
fn every_column_of_the_new_export_finds_its_place() {
    let ada = contact(GoogleCsv, format!("{NEW}{ADA}"));
    assert_eq!(ada.name.full, "Lady Ada King Lovelace PhD");
    assert_eq!(values(&ada.values[FieldName::Nickname]), ["Countess"]);
    assert_eq!(ada.employments[0].organisation.as_deref(), Some("Acme"));
    assert_eq!(ada.employments[0].title.as_deref(), Some("Analyst"));
    assert_eq!(ada.employments[0].department.as_deref(), Some("Engines"));
    assert_eq!(
        ada.birthday,
        Some(PartialDate {
            year: None,
            month: 12,
            day: 10
        })
    );
    assert_eq!(
        ada.photo,
        Some(Photo::Url("https://example.org/ada.jpg".into()))
    );
    assert_eq!(values(&ada.values[FieldName::Url]), ["https://example.org"]);
    assert_eq!(
        ada.addresses[0].street.as_deref(),
        Some("12 St James's Square")
    );
    assert_eq!(ada.addresses[0].postal_code.as_deref(), Some("SW1Y"));
    assert_eq!(ada.addresses[0].types, ["home"]);
    assert_eq!(ada.related[0].relation.as_deref(), Some("Spouse"));
    assert_eq!(ada.related[0].name, "William King");
    assert_eq!(ada.dates[0].label.as_deref(), Some("Anniversary"));
    assert_eq!(
        ada.dates[0].date,
        PartialDate {
            year: Some(1835),
            month: 7,
            day: 8
        }
    );
    assert_eq!(
        ada.unknown,
        ["Favourite: Engine", "Phonetic First Name: Eida"]
    );
}

#[test]
fn several_values_in_one_cell_are_taken_apart() {
    let ada = contact(GoogleCsv, format!("{NEW}{ADA}"));
    assert_eq!(
        values(&ada.values[FieldName::Email]),
        ["ada@example.org", "ada@example.com", "ada@example.net"]
    );
    assert_eq!(ada.values[FieldName::Email][0].types, ["work"]);
    assert!(
        ada.values[FieldName::Email][0].preferred && !ada.values[FieldName::Email][1].preferred
    );
    assert_eq!(
        ada.values[FieldName::Email][2].label.as_deref(),
        Some("Engine room")
    );
    assert_eq!(values(&ada.values[FieldName::Phone]), ["+44 1", "+44 2"]);
    assert_eq!(ada.values[FieldName::Phone][1].types, ["cell"]);
    assert_eq!(ada.labels, ["myContacts", "Governo"]);
}

#[test]
fn line_ends_inside_cells_stay_and_the_next_record_keeps_its_line() {
    let found = entries(GoogleCsv, format!("{NEW}{ADA}{ADA}"));
    let places = found
        .iter()
        .map(|entry| entry.position.to_string())
        .collect::<Vec<_>>();
    assert_eq!(places, ["line 2", "line 5"]);
    assert_eq!(found[1].raw, ADA);
    let ada = contact(GoogleCsv, format!("{NEW}{ADA}"));
    assert_eq!(ada.notes.as_deref(), Some("First line\nsecond \"line\""));
    assert_eq!(
        ada.addresses[0].formatted.as_deref(),
        Some("12 St James's Square\nLondon")
    );
}

#[test]
fn the_older_export_is_understood() {
    let ada = contact(
        GoogleCsv,
        "Name,Given Name,Additional Name,Family Name,Yomi Name,Birthday,Gender,Location,Notes,\
         Language,Photo,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Organization 1 - Type,\
         Organization 1 - Name,Organization 1 - Title,Organization 1 - Job Description,IM 1 - Service,IM 1 - Value\n\
         Ada Lovelace,Ada,,Lovelace,,1815-12-10,,London,,,,* myContacts ::: Friends,* Home,\
         ada@example.org,,Acme ::: Byron,Analyst,Calculating,Jabber,ada@chat.example.org\n",
    );
    assert_eq!(ada.name.full, "Ada Lovelace");
    assert_eq!(
        ada.birthday,
        Some(PartialDate {
            year: Some(1815),
            month: 12,
            day: 10
        })
    );
    assert_eq!(ada.values[FieldName::Email][0].types, ["home"]);
    assert_eq!(ada.labels, ["myContacts", "Friends"]);
    assert_eq!(
        values(&ada.values[FieldName::Custom]),
        ["Calculating", "ada@chat.example.org"]
    );
    assert_eq!(ada.values[FieldName::Custom][1].types, ["jabber"]);
    let organisations = ada.employments.iter().map(|it| it.organisation.as_deref());
    assert_eq!(
        organisations.collect::<Vec<_>>(),
        [Some("Acme"), Some("Byron")]
    );
    assert_eq!(ada.employments[1].title, None);
    assert_eq!(ada.unknown, ["Location: London"]);
}

#[test]
fn a_record_of_an_organisation_only_stands_for_it() {
    let acme = contact(
        GoogleCsv,
        "First Name,Last Name,Organization Name,Labels\n,,Acme,\n",
    );
    assert!(acme.is_organisation);
    assert_eq!(acme.name.full, "Acme");
}

#[test]
fn windows_1252_and_utf_16_are_read() {
    let file = "First Name,Last Name,Labels\nZoë,Müller,\n";
    let windows = file
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect::<Vec<_>>();
    let utf_16 = file
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect::<Vec<_>>();
    for bytes in [windows, utf_16] {
        assert_eq!(contact(GoogleCsv, bytes).name.full, "Zoë Müller");
    }
}

#[test]
fn another_programs_header_is_shown_with_those_understood() {
    let error = error(
        GoogleCsv,
        "Title,First Name,Last Name,Company,E-mail Address\n",
    );
    assert!(
        error.contains("Title,First Name") && error.contains("Labels"),
        "{error}"
    );
}
