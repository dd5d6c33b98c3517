//! Tables as people bring them: in every language, saved again by a spreadsheet, with a quote too many.

use jiff::civil::date;
use kith_formats::{
    Content, FieldName,
    Format::{GoogleCsv, LinkedIn},
    detect,
};

use crate::support::{contact, contacts, entries, rejections, values};

const HEADER: &str = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";

fn row(n: usize) -> String {
    format!("Row{n},Test,https://www.linkedin.com/in/row-{n},,Acme,Analyst,04 Feb 2021\n")
}

fn rows(count: usize) -> String {
    (0..count).map(row).collect()
}

#[test]
fn a_quote_that_is_never_closed_costs_its_own_row() {
    for (bad, last) in [
        // The next quote is far away, at the end of the file, in the same column, or at once.
        ("Ada,L,u,,\"Acme,Analyst,04 Feb 2021\n", "Zoe,\"Z\",u,,,,\n"),
        ("Ada,L,u,,\"Acme,Analyst,04 Feb 2021\n", ""),
        ("\"Ada,L,u,,Acme,Analyst,04 Feb 2021\n", "Zoe,Z,u,,,,\n"),
        (
            "Ada,L,u,,Acme,Analyst,\"04 Feb 2021\n",
            "Zoe,Z,u,,Acme,Analyst,\"04 Feb 2021\"\n",
        ),
    ] {
        let file = format!("{HEADER}{}{bad}{}{last}", rows(2), rows(20));
        let found = entries(LinkedIn, file);
        let rejected = rejections(&found);
        assert_eq!(rejected.len(), 1, "{bad}: {rejected:?}");
        assert_eq!(rejected[0].0, "line 4");
        assert!(rejected[0].1.contains("a quote opens here"), "{rejected:?}");
        let people = found.len() - 1;
        assert_eq!(people, 22 + usize::from(!last.is_empty()), "{bad} {last}");
        let mut places = found.iter().map(|entry| entry.position.to_string());
        assert_eq!(
            places.next_back().unwrap(),
            format!("line {}", found.len() + 1)
        );
        assert_eq!(found[2].raw, bad);
    }
}

#[test]
fn several_quotes_that_are_never_closed_cost_a_row_each() {
    let bad = "Ada,L,u,,\"Acme,Analyst,04 Feb 2021\n";
    let file = format!("{HEADER}{bad}{}{bad}{}{bad}", rows(3_000), rows(2));
    let found = entries(LinkedIn, file);
    let people = found.iter();
    let people = people.filter(|it| matches!(it.content, Content::Contact(_)));
    assert_eq!((people.count(), rejections(&found).len()), (3_002, 3));
}

#[test]
fn a_cell_with_line_ends_and_commas_stays_one_cell() {
    let header = "First Name,Last Name,Notes,Labels\n";
    let note = "one, two\nthree, four, five, six\nseven";
    let ada = contact(GoogleCsv, format!("{header}Ada,L,\"{note}\",\n"));
    assert_eq!(ada.notes.as_deref(), Some(note));
}

#[test]
fn connections_are_read_in_every_language_of_the_network() {
    for (header, day) in [
        (
            "Prénom,Nom,URL,Adresse e-mail,Entreprise,Poste,Connexion établie le",
            "04 févr. 2021",
        ),
        (
            "Nombre,Apellidos,URL,Dirección de correo electrónico,Empresa,Cargo,Fecha de conexión",
            "04 feb. 2021",
        ),
        (
            "Nome,Cognome,URL,Indirizzo e-mail,Azienda,Qualifica,Collegato il",
            "04 feb 2021",
        ),
        (
            "Nome,Sobrenome,URL,Endereço de e-mail,Empresa,Cargo,Conectado em",
            "04 de fev. de 2021",
        ),
        (
            "Voornaam,Achternaam,URL,E-mailadres,Bedrijf,Functie,Verbonden op",
            "04 feb 2021",
        ),
        (
            "Imię,Nazwisko,URL,Adres e-mail,Firma,Stanowisko,Data nawiązania kontaktu",
            "04 lut 2021",
        ),
        (
            "Vorname,Nachname,URL,E-Mail-Adresse,Unternehmen,Position,Verbunden am",
            "04 Feb. 2021",
        ),
        // A language that is in no table.
        (
            "Ainm,Sloinne,URL,Seoladh,Comhlacht,Post,Ceangailte",
            "04 Feb 2021",
        ),
    ] {
        for header in [
            header.to_owned(),
            header.to_uppercase(),
            header.replace('é', "e\u{301}"),
        ] {
            let file = format!(
                "Notes:\n\"About this file ...\"\n\n{header}\n\
                 Léa,Durand,https://www.linkedin.com/in/lea-durand,lea@example.org,Acme,Analyst,{day}\n"
            );
            assert_eq!(
                detect("Connections.csv", file.as_bytes()),
                Ok(LinkedIn),
                "{header}"
            );
            let lea = contact(LinkedIn, file);
            assert_eq!(lea.name.full, "Léa Durand", "{header}");
            assert_eq!(
                values(&lea.values[FieldName::Email]),
                ["lea@example.org"],
                "{header}"
            );
            assert_eq!(
                lea.employments[0].organisation.as_deref(),
                Some("Acme"),
                "{header}"
            );
            assert_eq!(
                lea.employments[0].title.as_deref(),
                Some("Analyst"),
                "{header}"
            );
            assert_eq!(lea.connected_on, Some(date(2021, 2, 4)), "{header}");
        }
    }
}

#[test]
fn what_a_spreadsheet_makes_of_a_day_is_understood_unless_it_is_two() {
    let day = |text: &str| {
        let file = format!("{HEADER}Ada,L,u,,,,{text}\n");
        let ada = contact(LinkedIn, file);
        (ada.connected_on, ada.unknown)
    };
    for text in ["04-Feb-21", "04.02.2021", "2021-02-04", "\"Feb 4, 2021\""] {
        assert_eq!(day(text), (Some(date(2021, 2, 4)), Vec::new()), "{text}");
    }
    let shown = vec!["Connected On: 2/4/2021".to_owned()];
    assert_eq!(day("2/4/2021"), (None, shown));
}

#[test]
fn a_table_saved_in_an_older_encoding_is_read_in_the_one_it_is_in() {
    let file = format!(
        "{}Grzegorz;Brz\u{ea}czyszczykiewicz;u;;Sp\u{f3}\u{b3}ka;Prezes;04 Feb 2021\n\
         W\u{b3}adys\u{b3}aw;\u{8c}liwi\u{f1}ski;u;;;;\n",
        HEADER.replace(',', ";")
    );
    let bytes = file
        .chars()
        .map(|c| u8::try_from(c).unwrap())
        .collect::<Vec<_>>();
    let names = contacts(LinkedIn, bytes).into_iter().map(|it| it.name.full);
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["Grzegorz Brzęczyszczykiewicz", "Władysław Śliwiński"]
    );
}

#[test]
fn names_in_letters_of_east_asia_begin_with_the_family() {
    let file = format!("{HEADER}花子,佐藤,u,,,,\n민준,김,u,,,,\n");
    let names = contacts(LinkedIn, file).into_iter().map(|it| it.name.full);
    assert_eq!(names.collect::<Vec<_>>(), ["佐藤 花子", "김 민준"]);
}
