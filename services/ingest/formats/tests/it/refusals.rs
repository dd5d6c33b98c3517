//! Files that are not read: what each is, and what to do instead.

use kith_formats::{Format::GoogleCsv, Unrecognised, detect};

use crate::support::error;

fn refusal(name: &str, head: &[u8]) -> String {
    detect(name, head).unwrap_err().to_string()
}

#[test]
fn tables_of_other_programs_are_named_with_the_way_to_what_is_read() {
    for (header, program, advice) in [
        (
            "First Name,Last Name,Display Name,Nickname,Primary Email,Secondary Email",
            "Thunderbird",
            "vCard",
        ),
        (
            "Vorname,Nachname,Anzeigename,Spitzname,Primäre E-Mail-Adresse,Sekundäre E-Mail-Adresse",
            "Thunderbird",
            "vCard",
        ),
        (
            "Prénom,Nom de famille,Nom à afficher,Surnom,Adresse électronique principale",
            "Thunderbird",
            "vCard",
        ),
        (
            "First Name,Middle Name,Last Name,Title,Suffix,E-mail Address,E-mail 2 Address,Job Title",
            "Outlook",
            "Google CSV",
        ),
        (
            "Title,First Name,Last Name,Company,Business Street,E-mail Address,E-mail Type",
            "Outlook",
            "Google CSV",
        ),
        (
            "Anrede,Vorname,Weitere Vornamen,Nachname,Firma,Telefon geschäftlich,E-Mail-Adresse",
            "Outlook",
            "vCard",
        ),
        (
            "Titre,Prénom,Deuxième prénom,Nom,Société,Rue (bureau),Adresse de messagerie",
            "Outlook",
            "vCard",
        ),
        (
            "Title,Nombre,Segundo nombre,Apellidos,Organización,Calle del trabajo,E-mail Address",
            "Outlook",
            "vCard",
        ),
        (
            "Nome,Secondo nome,Cognome,Società,Via (uff.),Città,CAP,Paese,Telefono,Fax,Cellulare,Indirizzo posta elettronica",
            "Outlook",
            "vCard",
        ),
        (
            "First,Middle,Last,Nickname,Email,Category,Messenger ID,Home,Work",
            "Yahoo",
            "vCard",
        ),
        (
            "First Name,Last Name,Maiden Name,Address,Birth Date,Headline,Summary,Industry",
            "LinkedIn",
            "Connections.csv",
        ),
        (
            "Record ID,First Name,Last Name,Email,Phone Number",
            "CRM",
            "First Name",
        ),
    ] {
        for delimiter in [",", ";", "\t"] {
            let file = format!("{}\nx\n", header.replace(',', delimiter));
            let said = refusal("people.csv", file.as_bytes());
            assert!(
                said.contains(program) && said.contains(advice),
                "{header}: {said}"
            );
        }
    }
}

#[test]
fn a_table_that_somebody_wrote_is_told_which_header_to_use() {
    for header in [
        "name,email",
        "Name;Telefon;Ort",
        "Vorname,Nachname,Mobil",
        "имя,телефон",
    ] {
        let said = refusal("people.csv", format!("{header}\nAda,x\n").as_bytes());
        assert!(
            said.contains("First Name,Last Name,Organization Name"),
            "{said}"
        );
        let first = header.split([',', ';']).next().unwrap();
        assert!(said.contains(&format!("`{first}`")), "{said}");
    }
    // The header that is named there is read.
    let header = "First Name,Last Name,Organization Name,E-mail 1 - Value,Phone 1 - Value,Labels";
    assert_eq!(detect("people.csv", header.as_bytes()), Ok(GoogleCsv));
}

#[test]
fn files_of_other_kinds_are_named_with_what_to_do() {
    for (head, what) in [
        (&b"!BDN\x01\x02"[..], "Outlook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", ".msg"),
        (b"SQLite format 3\0", "database"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\0\0\0\x18ftypheic", "picture"),
        (b"7z\xbc\xaf\x27\x1c\0", "7-Zip"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "nothing in it"),
        (b"bplist00\xd1", "Apple"),
        (b"\0\x05\x16\x07\0\x02", "beside a file"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "calendar"),
        (b"dn: cn=Ada,mail=ada@example.org\nobjectclass: person\n", "LDIF"),
        (b"version: 1\n\ndn:: Y249QWRh\n", "LDIF"),
        (b"<!DOCTYPE html>\n<html><head>", "web page"),
        (b"\xef\xbb\xbf<html lang=\"de\">", "web page"),
        (b"<?xml version='1.0'?>\n<smses count=\"1\">", "short messages"),
        (b"<?xml version=\"1.0\"?>\n<c:contact xmlns:c=\"x\">", "contact of Windows"),
        (b"<?xml version=\"1.0\"?><plist version=\"1.0\">", "Apple"),
        (b"{\"contacts\": {\"list\": []}, \"chats\": {}, \"personal_information\": {\"user_id\": 1}}", "Telegram"),
        (b"{\"friends_v2\": []}", "Facebook"),
        (b"[[\"vcard\", []]]", "jCard"),
        (b"window.YTD.follower.part0 = [ {", "Twitter"),
        (b"14/08/2023, 09:15 - Ada: Hi\n14/08/2023, 09:16 - Charles: Hello\n", "WhatsApp"),
        ("\u{200e}[14.08.23, 09:15:32] Ada: Hi\n".as_bytes(), "WhatsApp"),
        ("28/3/2025, 9:29\u{a0}p.\u{a0}m. - Ada: Hola\n".as_bytes(), "WhatsApp"),
        (b"{\\rtf1\\ansi", "RTF"),
        (b"-----BEGIN PGP MESSAGE-----\n", "PGP"),
    ] {
        let said = refusal("dropped.bin", head);
        let shown = String::from_utf8_lossy(head);
        assert!(said.contains(what), "{shown}: {said}");
        assert!(said.contains("which is not read; "), "{shown}: {said}");
    }
}

#[test]
fn an_archive_of_another_kind_is_not_read_for_what_lies_in_it() {
    let mut tar = b"people.vcf".to_vec();
    tar.resize(257, 0);
    tar.extend_from_slice(b"ustar  \0");
    tar.resize(512, 0);
    tar.extend_from_slice(&b"BEGIN:VCARD\nFN:Ada\nEND:VCARD\n".repeat(2));
    let said = refusal("people.tar", &tar);
    assert!(
        said.contains("a tar archive") && said.contains("unpack it"),
        "{said}"
    );
}

#[test]
fn an_empty_file_is_said_to_be_empty() {
    for head in [&b""[..], b"\xef\xbb\xbf", b" \r\n\t"] {
        let found = detect("a.vcf", head);
        assert!(
            matches!(found, Err(Unrecognised::Empty { .. })),
            "{found:?}"
        );
    }
}

#[test]
fn a_text_of_anything_else_is_shown_and_not_guessed() {
    for text in [
        "Dear diary,\nnothing happened.\n",
        "[section]\nkey=value\n",
        "BM is short\n",
    ] {
        let found = detect("note.txt", text.as_bytes());
        assert!(
            matches!(found, Err(Unrecognised::Unknown { .. })),
            "{found:?}"
        );
    }
}

#[test]
fn another_programs_table_is_named_when_it_is_read_as_a_format_too() {
    let said = error(
        GoogleCsv,
        "First Name,Last Name,Display Name,Primary Email\nAda,L,Ada,a@b.c\n",
    );
    assert!(
        said.contains("Thunderbird") && said.contains("Labels"),
        "{said}"
    );
}
