//! LinkedIn's export, whole and in parts.

use jiff::civil::date;
use kith_formats::{Content, FieldName, Format::LinkedIn, Limits, MessageKind, read};

use crate::{
    archive::{Packing, zip},
    support::{contact, contacts, entries, error, messages, rejections, values},
};

const HEADER: &str = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";
const PREAMBLE: &str = "Notes:\n\"When exporting your connection data, you may notice that some of \
    the email addresses are missing.\nYou will only see \"\"email\"\" addresses, for some.\"\n\n";
const ADA: &str =
    "Ada,Lovelace,https://www.linkedin.com/in/ada,ada@example.org,Acme,Analyst,04 Mar 2021\n";

#[test]
fn the_preamble_is_passed_over_however_long_it_is() {
    for preamble in ["", "Notes:\n\n", PREAMBLE, &PREAMBLE.repeat(3)] {
        let ada = contact(LinkedIn, format!("{preamble}{HEADER}{ADA}"));
        assert_eq!(ada.name.full, "Ada Lovelace");
        assert_eq!(values(&ada.values[FieldName::Email]), ["ada@example.org"]);
        assert_eq!(
            values(&ada.values[FieldName::Url]),
            ["https://www.linkedin.com/in/ada"]
        );
        assert_eq!(ada.employments[0].organisation.as_deref(), Some("Acme"));
        assert_eq!(ada.employments[0].title.as_deref(), Some("Analyst"));
        assert_eq!(ada.connected_on, Some(date(2021, 3, 4)));
    }
}

#[test]
fn lines_are_counted_through_the_preamble_and_blank_rows() {
    let found = entries(LinkedIn, format!("{PREAMBLE}{HEADER},,,,,,\n\n{ADA}"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].position.to_string(), "line 8");
    assert_eq!(found[0].raw, ADA);
}

#[test]
fn the_german_header_is_understood() {
    let ada = contact(
        LinkedIn,
        "Vorname,Nachname,URL,E-Mail-Adresse,Unternehmen,Position,Verbunden am\n\
         Ada,Lovelace,https://www.linkedin.com/in/ada,ada@example.org,Acme,Analystin,04 Mär 2021\n",
    );
    assert_eq!(values(&ada.values[FieldName::Email]), ["ada@example.org"]);
    assert_eq!(ada.connected_on, Some(date(2021, 3, 4)));
}

#[test]
fn an_older_export_without_urls_and_any_order_of_columns_are_understood() {
    let ada = contact(
        LinkedIn,
        "Connected On,Last Name,First Name,Email Address\n\"1 Jan 2019\",Lovelace,Ada,ada@example.org",
    );
    assert_eq!(ada.name.given.as_deref(), Some("Ada"));
    assert_eq!(ada.connected_on, Some(date(2019, 1, 1)));
}

#[test]
fn a_missing_address_is_no_fault() {
    let ada = contact(
        LinkedIn,
        format!("{HEADER}Ada,Lovelace,https://example.org/ada,,,,\n"),
    );
    assert!(ada.values[FieldName::Email].is_empty() && ada.employments.is_empty());
}

#[test]
fn a_row_that_names_nobody_is_a_closed_account() {
    let found = entries(LinkedIn, format!("{HEADER},,,,,,04 Mar 2021\n{ADA}"));
    let Content::LeftOut { reason, .. } = &found[0].content else {
        panic!("{found:?}")
    };
    assert!(reason.contains("closed account"));
}

#[test]
fn a_row_with_too_many_cells_is_rejected_by_itself() {
    let found = entries(LinkedIn, format!("{HEADER}Ada,Lovelace,a,b,c,d,e,f\n{ADA}"));
    let rejected = rejections(&found);
    assert_eq!(rejected[0].0, "line 2");
    assert!(
        rejected[0].1.contains("8 cells") && rejected[0].1.contains("the 7"),
        "{rejected:?}"
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn one_bad_byte_changes_the_encoding_of_its_own_row_only() {
    let mut file = format!("{HEADER}Zoë,Müller,a,,,,\n").into_bytes();
    file.extend_from_slice(b"J\xfcrgen,Gro\xdf,b,,,,\n");
    let names = contacts(LinkedIn, file)
        .into_iter()
        .map(|it| it.name.full)
        .collect::<Vec<_>>();
    assert_eq!(names, ["Zoë Müller", "Jürgen Groß"]);
}

#[test]
fn encodings_and_line_ends_of_every_kind_are_read() {
    let file = format!("{PREAMBLE}{HEADER}{ADA}");
    let utf_16 = [0xfe, 0xff]
        .into_iter()
        .chain(file.encode_utf16().flat_map(u16::to_be_bytes));
    let spellings: [Vec<u8>; 5] = [
        format!("\u{feff}{file}").into(),
        file.replace('\n', "\r\n").into(),
        file.replace('\n', "\r").into(),
        file.trim_end().into(),
        utf_16.collect(),
    ];
    for bytes in spellings {
        let found = entries(LinkedIn, bytes);
        assert_eq!(found[0].position.to_string(), "line 6");
        assert!(
            matches!(&found[0].content, Content::Contact(ada) if ada.name.full == "Ada Lovelace")
        );
    }
}

#[test]
fn semicolons_and_tabs_separate_cells_as_well() {
    for separator in [";", "\t"] {
        let ada = contact(LinkedIn, format!("{HEADER}{ADA}").replace(',', separator));
        assert_eq!(values(&ada.values[FieldName::Email]), ["ada@example.org"]);
    }
}

const MESSAGES: &str = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,\
    RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER,ATTACHMENTS,IS MESSAGE DRAFT\n\
    c1,,Ada Lovelace,https://example.org/ada,\"Charles Babbage\",https://example.org/charles,\
    2026-02-15 00:04:28 UTC,,\"Dear Charles,\nsecret words\",INBOX,,No\n\
    c2,Tea,Ada Lovelace,https://example.org/ada,\"Charles Babbage,Mary Somerville\",\
    \"https://example.org/charles,https://example.org/mary\",2026-02-16 10:00:00 UTC,,hi,INBOX,,No\n";

#[test]
fn messages_say_who_whom_and_when_and_never_what() {
    let found = messages(LinkedIn, MESSAGES);
    assert_eq!(found[0].date.to_string(), "2026-02-15T00:04:28Z");
    assert_eq!(found[0].from.address, "https://example.org/ada");
    assert_eq!(found[0].to[0].name.as_deref(), Some("Charles Babbage"));
    assert_eq!(found[0].thread.as_deref(), Some("c1"));
    assert_eq!(found[0].kind, MessageKind::LinkedInMessage);
    assert_eq!(found[1].to.len(), 2);
    assert_eq!(found[1].to[1].name.as_deref(), Some("Mary Somerville"));
    for entry in entries(LinkedIn, MESSAGES) {
        assert!(!entry.raw.contains("secret") && entry.raw.contains("https://example.org/ada"));
    }
}

#[test]
fn a_draft_and_a_message_to_nobody_known_are_left_out() {
    let header = MESSAGES.split_inclusive('\n').next().unwrap();
    let draft = "c3,,Ada,https://example.org/ada,C,https://example.org/c,2026-02-15 00:04:28 UTC,,x,INBOX,,Yes\n";
    let unknown =
        "c4,,Ada,https://example.org/ada,LinkedIn Member,,2026-02-15 00:04:28 UTC,,x,INBOX,,No\n";
    let found = entries(LinkedIn, format!("{header}{draft}{unknown}"));
    let reasons = found.iter().map(|entry| match &entry.content {
        Content::LeftOut { reason, .. } => reason.as_str(),
        other => panic!("{other:?}"),
    });
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        ["a draft", "no recipient has a profile address"]
    );
}

const INVITATIONS: &str = "From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl\n\
    Ada Lovelace,Charles Babbage,\"7/8/26, 3:43 PM\",\"secret words\",OUTGOING,\
    https://example.org/ada,https://example.org/charles\n";

#[test]
fn invitations_are_messages_of_their_kind() {
    let found = messages(LinkedIn, INVITATIONS);
    assert_eq!(found[0].kind, MessageKind::LinkedInInvitation);
    assert_eq!(found[0].date.to_string(), "2026-07-08T15:43:00Z");
    assert_eq!(found[0].to[0].address, "https://example.org/charles");
    assert!(!entries(LinkedIn, INVITATIONS)[0].raw.contains("secret"));
}

const CONTACTS: &str = "Source,FirstName,LastName,Companies,Title,Emails,PhoneNumbers,CreatedAt,\
    Addresses,Sites,InstantMessageHandles,FullName,Birthday,Location,BookmarkedAt,Profiles\n\
    MOBILE,Mary,Somerville,Acme,Astronomer,\"mary@example.org,mary@example.com\",+44 20 1,,,,,,,,,\n";

#[test]
fn an_uploaded_address_book_gives_contacts() {
    let mary = contact(LinkedIn, CONTACTS);
    assert_eq!(mary.name.full, "Mary Somerville");
    assert_eq!(
        values(&mary.values[FieldName::Email]),
        ["mary@example.org", "mary@example.com"]
    );
    assert_eq!(mary.employments[0].title.as_deref(), Some("Astronomer"));
}

#[test]
fn an_archive_gives_all_its_tables_with_their_names_in_a_fixed_order() {
    let connections = format!("{PREAMBLE}{HEADER}{ADA}");
    let archive = zip(&[
        ("Export/messages.csv", MESSAGES.as_bytes(), Packing::Deflate),
        ("Export/Rich Media.csv", b"anything", Packing::Deflate),
        (
            "Export/Invitations.csv",
            INVITATIONS.as_bytes(),
            Packing::Store,
        ),
        (
            "Export/imported_contacts.CSV",
            CONTACTS.as_bytes(),
            Packing::Deflate,
        ),
        (
            "Export/Connections.csv",
            connections.as_bytes(),
            Packing::Deflate,
        ),
    ]);
    let size = archive.len() as u64;
    let found = entries(LinkedIn, archive);
    let places = found
        .iter()
        .map(|entry| entry.position.to_string())
        .collect::<Vec<_>>();
    assert_eq!(
        places,
        [
            "Connections.csv, line 6",
            "imported_contacts.CSV, line 2",
            "messages.csv, line 2",
            "messages.csv, line 4",
            "Invitations.csv, line 2"
        ]
    );
    assert!(
        found
            .iter()
            .all(|entry| entry.bytes_done > 0 && entry.bytes_done <= size)
    );
    assert!(found.is_sorted_by_key(|entry| entry.bytes_done));
}

#[test]
fn an_archive_without_any_known_table_says_what_it_holds() {
    let archive = zip(&[("Photos/cat.jpg", b"cat", Packing::Store)]);
    let error = error(LinkedIn, archive);
    assert!(
        error.contains("cat.jpg") && error.contains("Connections.csv"),
        "{error}"
    );
}

#[test]
fn a_header_that_is_not_understood_is_shown_with_those_that_are() {
    let error = error(LinkedIn, "Prénom,Nom,Ville\nAda,Lovelace,Londres\n");
    for part in ["Prénom,Nom,Ville", "First Name,Last Name,URL"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn skipping_entries_resumes_where_a_killed_import_stood() {
    let file = MESSAGES.as_bytes().to_vec();
    let open = || {
        read(
            LinkedIn,
            Box::new(std::io::Cursor::new(file.clone())),
            Limits::default(),
        )
        .unwrap()
    };
    let all = open().map(Result::unwrap).collect::<Vec<_>>();
    let rest = open().skip(1).map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(all[1..], rest);
}
