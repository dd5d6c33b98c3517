//! What is small as a file and large when read: bounded as a whole, whatever the format.

use std::io::Cursor;

use kith_formats::{Content, FieldName, Format, FormatError, Limits, read};

use crate::{
    archive::{Packing, many_names, zip},
    support::{contact, entries, error, rejections, values},
};

const CONTACTS: &str = "First Name,Last Name,Emails,PhoneNumbers\n";

/// How many entries come before the error.
fn until_error(format: Format, file: &[u8], limits: Limits) -> (usize, FormatError) {
    let source = Box::new(Cursor::new(file.to_vec()));
    let mut entries = match read(format, source, limits) {
        Ok(entries) => entries,
        Err(error) => return (0, error),
    };
    let mut taken = 0;
    loop {
        match entries.next().expect("an error before the end") {
            Ok(_) => taken += 1,
            Err(error) => return (taken, error),
        }
    }
}

#[test]
fn members_that_are_the_same_bytes_are_refused_before_any_record() {
    let table = CONTACTS.to_owned() + &"Ada,L,,\n".repeat(2_000);
    let names: Vec<String> = (0..1_900).map(|n| format!("{n:04}/Contacts.csv")).collect();
    let bomb = many_names(&names, table.as_bytes());
    assert!(bomb.len() < 140_000, "{}", bomb.len());
    let (taken, error) = until_error(Format::LinkedIn, &bomb, Limits::default());
    assert_eq!(taken, 0);
    let error = error.to_string();
    for part in ["0000/Contacts.csv", "0001/Contacts.csv", "same bytes"] {
        assert!(error.contains(part), "{error}");
    }
    // Also where one of them is not read at all.
    let names = ["Contacts.csv", "Whatever.csv"].map(str::to_owned);
    let error = error_of(&many_names(&names, table.as_bytes()));
    assert!(error.contains("same bytes"), "{error}");
}

fn error_of(file: &[u8]) -> String {
    error(Format::LinkedIn, file.to_vec())
}

#[test]
fn a_member_that_reaches_into_another_is_refused() {
    let table = CONTACTS.to_owned() + "Ada,L,ada@example.org,\n";
    let mut archive = zip(&[
        ("Contacts.csv", table.as_bytes(), Packing::Store),
        ("Connections.csv", table.as_bytes(), Packing::Store),
    ]);
    let size = (table.len() as u32).to_le_bytes();
    let longer = (table.len() as u32 + 60).to_le_bytes();
    // The first entry of the directory: its packed size and its size.
    let directory = archive
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .unwrap();
    for at in [directory + 20, directory + 24] {
        assert_eq!(archive[at..at + 4], size);
        archive[at..at + 4].copy_from_slice(&longer);
    }
    assert!(error_of(&archive).contains("same bytes"));
    // And one that reaches into the directory.
    let huge = (archive.len() as u32).to_le_bytes();
    for at in [directory + 20, directory + 24] {
        archive[at..at + 4].copy_from_slice(&huge);
    }
    assert!(error_of(&archive).contains("not where it should be"));
}

#[test]
fn the_ratio_counts_all_members_together() {
    // Each inflates a little over half of what the whole archive may.
    let rows = b",,,\n".repeat((1 << 20) / 6);
    let table = [CONTACTS.as_bytes(), b"Ada,L,,\n", &rows].concat();
    let limits = Limits {
        max_inflate_ratio: 2,
        ..Limits::default()
    };
    let one = zip(&[("Contacts.csv", &table, Packing::Deflate)]);
    let source = Box::new(Cursor::new(one));
    let all = read(Format::LinkedIn, source, limits).unwrap();
    assert_eq!(all.map(Result::unwrap).count(), 1);
    let two = zip(&[
        ("Contacts.csv", &table, Packing::Deflate),
        ("ImportedContacts.csv", &table, Packing::Deflate),
    ]);
    let (_, error) = until_error(Format::LinkedIn, &two, limits);
    assert!(
        matches!(&error, FormatError::Inflates { member, .. } if member == "ImportedContacts.csv"),
        "{error}"
    );
}

#[test]
fn a_directory_that_is_longer_than_any_is_refused_unread() {
    // The last record claims one member, the one before it hundreds of thousands.
    let entry = {
        let archive = zip(&[("x", b"", Packing::Store)]);
        let at = archive
            .windows(4)
            .position(|four| four == b"PK\x01\x02")
            .unwrap();
        archive[at..archive.len() - 22].to_vec()
    };
    let count = 150_000;
    let mut file = b"PK\x03\x04".to_vec();
    let start = file.len() as u64;
    file.extend(entry.repeat(count));
    let record = file.len() as u64;
    let length = record - start;
    file.extend(b"PK\x06\x06");
    file.extend(44_u64.to_le_bytes());
    file.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [count as u64, count as u64, length, start] {
        file.extend(number.to_le_bytes());
    }
    file.extend(b"PK\x06\x07\0\0\0\0");
    file.extend(record.to_le_bytes());
    file.extend(1_u32.to_le_bytes());
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([1, 0, 1, 0]);
    file.extend([0xff; 8]);
    file.extend([0, 0]);
    let error = error_of(&file);
    assert!(error.contains("directory is longer than"), "{error}");
}

#[test]
fn a_file_of_more_records_than_are_taken_says_so_in_every_format() {
    let limits = Limits {
        max_records: 1_000,
        ..Limits::default()
    };
    let connections = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";
    let archive = |rows: usize| {
        let table = CONTACTS.to_owned() + &"Ada,L,,\n".repeat(rows);
        zip(&[("Contacts.csv", table.as_bytes(), Packing::Deflate)])
    };
    let many = |head: &str, record: &str, count: usize| {
        (head.to_owned() + &record.repeat(count)).into_bytes()
    };
    let file = |format, count| match format {
        // Rejected and left out ones count as well.
        Format::LinkedIn => many(connections, ",,,,,,1\n", count),
        Format::GoogleCsv => many("First Name,Last Name,File As,Labels\n", "A,B\n", count),
        Format::Vcard => many("", "BEGIN:VCARD\nFN:A\nEND:VCARD\n", count),
        Format::Mbox => many("", "From a@b.c Sun Feb 15 00:04:28 2026\nA: b\n\n", count),
    };
    let zipped = [1_000, 1_001].map(|count| (Format::LinkedIn, archive(count)));
    let plain = Format::ALL.map(|format| [1_000, 1_001].map(|count| (format, file(format, count))));
    for [enough, too_many] in plain.into_iter().chain([zipped]) {
        let source = Box::new(Cursor::new(enough.1));
        let all = read(enough.0, source, limits).unwrap();
        let whole = all.take_while(Result::is_ok).count();
        assert_eq!(whole, 1_000, "{}", enough.0);
        let (taken, error) = until_error(too_many.0, &too_many.1, limits);
        assert_eq!(taken, 1_000, "{}", too_many.0);
        assert!(
            error.to_string().contains("more than 1000 records"),
            "{}: {error}",
            too_many.0
        );
    }
    assert_eq!(Limits::default().max_records, 1_000_000);
}

#[test]
fn a_card_of_more_properties_than_anybody_has_is_rejected_by_itself() {
    let long = format!("BEGIN:VCARD\nFN:A\n{}END:VCARD\n", "TEL:1\n".repeat(6_000));
    let found = entries(Format::Vcard, long + "BEGIN:VCARD\nFN:Ada\nEND:VCARD\n");
    assert!(
        rejections(&found)[0]
            .1
            .contains("more than 5000 properties")
    );
    assert!(matches!(&found[1].content, Content::Contact(ada) if ada.name.full == "Ada"));
}

#[test]
fn a_contact_is_bounded_as_a_whole() {
    let words = "a,".repeat(1 << 20);
    let long = "x".repeat(1 << 20);
    let card = format!(
        "BEGIN:VCARD\nFN:Ada\nCATEGORIES:{words}\nEMAIL:{long}\nEMAIL:ada@example.org\n\
         NOTE:{long}\nEND:VCARD\n"
    );
    let ada = contact(Format::Vcard, card);
    assert_eq!(ada.name.full, "Ada");
    assert_eq!(
        ada.values[FieldName::Email].len(),
        1,
        "half an address is another one"
    );
    let nicknames = vec!["n".repeat(2_600); 100].join(",");
    let card =
        format!("BEGIN:VCARD\nFN:Ada\nNICKNAME:{nicknames}\nEMAIL:ada@example.org\nEND:VCARD\n");
    assert_eq!(
        values(&contact(Format::Vcard, card).values[FieldName::Email]),
        ["ada@example.org"],
        "an address is worth more than a name"
    );
    let phones = (0..700).map(|n| format!("TEL:+49 30 {}\n", 901_000 + n));
    let phones = phones.collect::<String>();
    let ada = contact(
        Format::Vcard,
        format!("BEGIN:VCARD\nFN:Ada\n{phones}END:VCARD\n"),
    );
    assert_eq!(ada.values[FieldName::Phone].len(), 500);
    assert!(ada.unknown[0].starts_with("200 more values"), "{ada:?}");
    let note = "All day long. ".repeat(15_000);
    let card = |note: &str| format!("BEGIN:VCARD\nFN:Ada\nNOTE:{note}\nEND:VCARD\n");
    let ada = contact(Format::Vcard, card(&note));
    assert_eq!(ada.notes.as_deref(), Some(note.trim()));
    let ada = contact(
        Format::Vcard,
        card(&note[..note.len() / 2].repeat(2).replace(' ', "  ")),
    );
    assert!(ada.notes.unwrap().ends_with("as it came]"));
    let nobody = error(Format::LinkedIn, format!("{CONTACTS},,{long},\n"));
    assert!(nobody.contains("names nobody"), "{nobody}");
    let row = |cell: &str| format!("{CONTACTS}Ada,Lovelace,\"{cell}\",\n");
    let several = |count: usize| (0..count).map(|n| format!("ada{n}@example.org,"));
    let ada = contact(Format::LinkedIn, row(&several(9_000).collect::<String>()));
    assert_eq!(ada.values[FieldName::Email].len(), 200);
    let ada = contact(Format::LinkedIn, row(&format!("{long},ada@example.org")));
    assert_eq!(ada.values[FieldName::Email].len(), 1);
    let google = format!(
        "First Name,Last Name,File As,Labels,E-mail 1 - Value\nAda,,,,{}\n",
        several(9_000).collect::<String>().replace(',', " ::: ")
    );
    // Of one cell.
    assert_eq!(
        contact(Format::GoogleCsv, google).values[FieldName::Email].len(),
        100
    );
}

#[test]
fn what_is_kept_and_shown_of_a_message_is_bounded() {
    let header = "CONVERSATION ID,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,FOLDER\n";
    let long = "x".repeat(1 << 20);
    let row = format!("{long},{long},{long},{long},{long},2026-02-15 00:04:28 UTC,spam\n");
    for entry in entries(Format::LinkedIn, format!("{header}{row}")) {
        assert!(entry.raw.len() <= 256 << 10, "{}", entry.raw.len());
        let Content::LeftOut { label, .. } = &entry.content else {
            panic!("{:?}", entry.content)
        };
        assert!(label.len() <= 500, "{}", label.len());
    }
}
