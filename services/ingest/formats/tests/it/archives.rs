//! Archives and packed files: each member read and refused by itself, by what it holds.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use kith_formats::{Content, Entry, FieldName, Format, detect};

use crate::{
    archive::{Packing, zip},
    support::{contact, entries, error, rejections, values},
};

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Lovelace\r\nEND:VCARD\r\n";
const MAIL: &str = "From: Ada <ada@example.org>\nTo: charles@example.org\n\
    Date: Sun, 15 Feb 2026 01:04:28 +0100\nMessage-ID: <1@example.org>\n\nHello\n";
const CONNECTIONS: &str = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
    Ada,Lovelace,https://www.linkedin.com/in/ada,,Acme,Analyst,04 Mar 2021\n";

fn mbox() -> String {
    format!("From ada@example.org Sun Feb 15 00:04:28 2026\n{MAIL}\n")
}

fn packed(members: &[(&str, &str)]) -> Vec<u8> {
    let members = members.iter();
    let members = members.map(|(name, text)| (*name, text.as_bytes(), Packing::Deflate));
    zip(&members.collect::<Vec<_>>())
}

/// The format an archive is taken for, and its entries.
fn read(members: &[(&str, &str)]) -> (Format, Vec<Entry>) {
    let file = packed(members);
    let format = detect("export.zip", &file).unwrap();
    (format, entries(format, file))
}

fn kinds(entries: &[Entry]) -> Vec<String> {
    let kind = |entry: &Entry| {
        let kind = match entry.content {
            Content::Contact(_) => "contact",
            Content::Message(_) => "message",
            Content::LeftOut { .. } => "left out",
            Content::Rejected { .. } => "rejected",
        };
        format!("{}: {kind}", entry.position)
    };
    entries.iter().map(kind).collect()
}

#[test]
fn a_takeout_gives_its_contacts_and_its_mail() {
    let (format, found) = read(&[
        ("Takeout/archive_browser.html", "<html><head></head></html>"),
        ("Takeout/E-Mail/Alle Nachrichten.mbox", &mbox()),
        ("Takeout/Kontakte/Alle Kontakte/Alle Kontakte.vcf", CARD),
        ("Takeout/Kontakte/Alle Kontakte/Ada.jpg", "\u{fffd}"),
    ]);
    assert_eq!(format, Format::Vcard);
    assert_eq!(
        kinds(&found),
        [
            "Alle Kontakte.vcf, card 1 (line 1): contact",
            "Alle Nachrichten.mbox, message 1: message"
        ]
    );
}

#[test]
fn mail_in_folders_of_any_program_is_read() {
    for members in [
        [
            ("Inbox.mbox/mbox", mbox()),
            ("Inbox.mbox/table_of_contents", "\0\0".into()),
        ],
        [
            ("Maildir/cur/1700000000.M1.host:2,S", MAIL.into()),
            ("Maildir/dovecot-uidlist", "3 V1\n1 :x\n".into()),
        ],
        [
            ("letters/first.eml", MAIL.replace('\n', "\r\n")),
            ("letters/Thumbs.db", "\0".into()),
        ],
        [
            (
                "Mail/12.emlx",
                format!("{}\n{MAIL}<?xml version=\"1.0\"?>\n", MAIL.len()),
            ),
            ("Mail/.DS_Store", "\0".into()),
        ],
    ] {
        let members = members
            .each_ref()
            .map(|(name, text)| (*name, text.as_str()));
        let (format, found) = read(&members);
        assert_eq!(format, Format::Mbox, "{members:?}");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            matches!(&found[0].content, Content::Message(_)),
            "{found:?}"
        );
    }
}

#[test]
fn a_mail_without_a_date_has_that_of_its_file() {
    let bare = "From: Ada <ada@example.org>\nTo: charles@example.org\n\nHello\n";
    let (_, found) = read(&[("Maildir/cur/1771113868.M1.host:2,S", bare)]);
    let Content::Message(message) = &found[0].content else {
        panic!("{found:?}")
    };
    assert_eq!(message.date.to_string(), "2026-02-15T00:04:28Z");
}

#[test]
fn members_are_known_by_what_they_hold_whatever_their_names() {
    let (format, found) = read(&[
        ("export/Profil.csv", "Prénom,Adresse\nAda,Londres\n"),
        ("export/Relations.csv", CONNECTIONS),
        ("export/Compétences.csv", "Nom\nCalcul\n"),
    ]);
    assert_eq!(format, Format::LinkedIn);
    assert_eq!(kinds(&found), ["Relations.csv, line 2: contact"]);
}

#[test]
fn the_other_tables_of_an_export_are_passed_over_without_a_word() {
    let (_, found) = read(&[
        (
            "Profile.csv",
            "First Name,Last Name,Maiden Name,Address,Birth Date,Headline,Summary,Industry,\
             Zip Code,Geo Location,Twitter Handles,Websites,Instant Messengers\nAda,L,,,,,,,,,,,\n",
        ),
        (
            "Positions.csv",
            "Company Name,Title,Description,Location,Started On,Finished On\nA,,,,,\n",
        ),
        (
            "Email Addresses.csv",
            "Email Address,Confirmed,Primary,Updated On\na@example.org,Yes,Yes,\n",
        ),
        (
            "Recommendations_Received.csv",
            "First Name,Last Name,Company,Job Title,Text,Creation Date,Status\nA,B,,,,,\n",
        ),
        ("Rich_Media.csv", "Date/Time,Media Description,Media Link\n"),
        ("Connections.csv", CONNECTIONS),
    ]);
    assert_eq!(kinds(&found), ["Connections.csv, line 2: contact"]);
}

#[test]
fn one_bad_member_does_not_fail_the_others() {
    let (_, found) = read(&[
        ("Connections.csv", CONNECTIONS),
        ("messages.csv", "Something,New\n1,2\n"),
        (
            "Contacts.csv",
            "First Name,Last Name,Display Name,Primary Email,Secondary Email\n",
        ),
        ("older.zip", "PK\u{3}\u{4}"),
    ]);
    assert!(kinds(&found).contains(&"Connections.csv, line 2: contact".to_owned()));
    let rejected = rejections(&found);
    let places = rejected.iter().map(|(place, _)| place.as_str());
    assert_eq!(
        places.collect::<Vec<_>>(),
        ["Contacts.csv", "messages.csv", "older.zip"]
    );
    assert!(rejected[0].1.contains("Thunderbird"), "{rejected:?}");
    assert!(rejected[1].1.contains("Something,New"), "{rejected:?}");
    assert!(rejected[2].1.contains("unpack"), "{rejected:?}");
}

#[test]
fn a_damaged_member_does_not_fail_the_others() {
    let mut file = zip(&[
        ("a.vcf", CARD.as_bytes(), Packing::Store),
        (
            "b.vcf",
            CARD.replace("Ada", "Bea").as_bytes(),
            Packing::Store,
        ),
    ]);
    let at = file.windows(3).position(|three| three == b"Ada").unwrap();
    file[at] = b'O';
    let found = entries(Format::Vcard, file);
    let rejected = rejections(&found);
    assert_eq!(rejected[0].0, "a.vcf");
    assert!(
        rejected[0].1.contains("not what was packed"),
        "{rejected:?}"
    );
    assert!(kinds(&found).contains(&"b.vcf, card 1 (line 1): contact".to_owned()));
}

#[test]
fn leftovers_of_systems_are_left_out_without_a_word() {
    let (_, found) = read(&[
        ("__MACOSX/._Connections.csv", "\0\u{5}\u{16}\u{7}"),
        ("._Connections.csv", "\0\u{5}\u{16}\u{7}"),
        (".DS_Store", "\0\0\0\u{1}Bud1"),
        ("desktop.ini", "[.ShellClassInfo]\n"),
        ("Thumbs.db", "\0"),
        ("Connections.csv", CONNECTIONS),
    ]);
    assert_eq!(kinds(&found), ["Connections.csv, line 2: contact"]);
}

#[test]
fn members_of_one_name_are_told_apart_by_their_folders() {
    let (_, found) = read(&[("home/Contacts.vcf", CARD), ("work/contacts.vcf", CARD)]);
    assert_eq!(
        kinds(&found),
        [
            "home/Contacts.vcf, card 1 (line 1): contact",
            "work/contacts.vcf, card 1 (line 1): contact"
        ]
    );
}

#[test]
fn an_address_book_is_no_network_because_it_lies_beside_one() {
    let (format, found) = read(&[("Connections.csv", CONNECTIONS), ("phone.vcf", CARD)]);
    assert_eq!(format, Format::LinkedIn);
    let rejected = rejections(&found);
    assert_eq!(rejected[0].0, "phone.vcf");
    assert!(
        rejected[0].1.contains("bring this file by itself"),
        "{rejected:?}"
    );
}

#[test]
fn an_archive_of_nothing_that_is_read_says_what_it_holds() {
    let holds = |members: &[(&str, &str)]| error(Format::Vcard, packed(members));
    let said = holds(&[("holiday.jpg", "x"), ("notes.txt", "Dear diary")]);
    assert!(
        said.contains("holiday.jpg") && said.contains(".vcf"),
        "{said}"
    );
    let said = holds(&[("people.csv", "name,mail\nAda,a@example.org\n")]);
    assert!(
        said.contains("`name`, `mail`") && said.contains("First Name"),
        "{said}"
    );
    for (members, what) in [
        (
            &[("[Content_Types].xml", "<x/>"), ("xl/workbook.xml", "<x/>")][..],
            "Excel",
        ),
        (
            &[(
                "WhatsApp Chat with Ada.txt",
                "14/08/2023, 09:15 - Ada: Hi\n",
            )],
            "WhatsApp",
        ),
        (
            &[("_chat.txt", "[14.08.23, 09:15:32] Ada: Hi\n")],
            "WhatsApp",
        ),
        (
            &[("Book.abbu/AddressBook-v22.abcddb", "SQLite format 3\0")],
            "Apple",
        ),
        (
            &[(
                "your_facebook_activity/messages/inbox/a/message_1.json",
                "{}",
            )],
            "Facebook",
        ),
    ] {
        let said = detect("export.zip", &packed(members))
            .unwrap_err()
            .to_string();
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn a_file_packed_by_gzip_is_read() {
    let gzip = |bytes: &[u8]| {
        let mut packing = GzEncoder::new(Vec::new(), Compression::default());
        packing.write_all(bytes).unwrap();
        packing.finish().unwrap()
    };
    let file = gzip(CARD.as_bytes());
    assert_eq!(detect("contacts.vcf.gz", &file), Ok(Format::Vcard));
    assert_eq!(
        contact(Format::Vcard, file.clone()).name.full,
        "Ada Lovelace"
    );
    assert_eq!(
        detect("mail.gz", &gzip(mbox().as_bytes())),
        Ok(Format::Mbox)
    );
    let cut = error(Format::Vcard, &file[..file.len() / 2]);
    assert!(cut.contains("damaged"), "{cut}");
    let bomb = gzip(&vec![b' '; 12 << 20]);
    assert!(error(Format::Vcard, bomb).contains("inflates to more than"));
    let inside = gzip(&packed(&[("a.vcf", CARD)]));
    let said = detect("a.zip.gz", &inside).unwrap_err().to_string();
    assert!(said.contains("unpack it"), "{said}");
}

#[test]
fn a_table_in_an_archive_keeps_the_values_of_its_columns() {
    let google = "First Name,Last Name,Labels,E-mail 1 - Value\nAda,L,,ada@example.org\n";
    let (format, found) = read(&[("Takeout/Contacts/contacts.csv", google)]);
    assert_eq!(format, Format::GoogleCsv);
    let Content::Contact(ada) = &found[0].content else {
        panic!("{found:?}")
    };
    assert_eq!(values(&ada.values[FieldName::Email]), ["ada@example.org"]);
}
