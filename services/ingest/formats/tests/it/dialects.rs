//! What telephones and programs make of a vCard, each by what it is known to do.

use kith_formats::{Content, FieldName, Format::Vcard, PartialDate, Photo};

use crate::support::{contact, contacts, entries, rejections, values};

fn card(version: &str, lines: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:{version}\r\n{lines}\r\nEND:VCARD\r\n")
}

fn related(contact: &kith_formats::Contact) -> Vec<(&str, &str)> {
    let related = contact.related.iter();
    related
        .map(|it| (it.relation.as_deref().unwrap_or(""), it.name.as_str()))
        .collect()
}

#[test]
fn a_soft_break_before_a_separator_or_the_end_is_none() {
    let ada = contact(
        Vcard,
        card(
            "2.1",
            "FN:Ada\r\nADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;=4B=C3=B6=6E=69=67=\r\n\
             =73=77=65=67=20=31=;=42=72=65=6D=65=6E=;;;\r\n\
             NOTE;ENCODING=QUOTED-PRINTABLE:Gr=C3=BC=C3=9Fe=\r\nTEL;CELL:+49 421 2180",
        ),
    );
    assert_eq!(ada.addresses[0].street.as_deref(), Some("Königsweg 1"));
    assert_eq!(ada.addresses[0].city.as_deref(), Some("Bremen"));
    assert_eq!(ada.notes.as_deref(), Some("Grüße"));
    assert_eq!(values(&ada.values[FieldName::Phone]), ["+49 421 2180"]);
}

#[test]
fn a_value_folded_both_ways_loses_the_blank_of_the_folding() {
    for (lines, name) in [
        ("=D0=90=D0=BD=D0\r\n =BD=D0=B0", "Анна"),
        ("=D0=90=D0=BD=D0=\r\n =BD=D0=B0", "Анна"),
        ("=D0=90=D0=BD=\r\n =D0=BD=\r\n =D0=B0", "Анна"),
        ("Anna=20M=C3=BC=\r\n ller", "Anna Müller"),
        // Whoever writes blanks plainly means them.
        (
            "Anna Maria M=C3=BCller=\r\n von Ast",
            "Anna Maria Müller von Ast",
        ),
        ("=C3=85sa=\r\n=20Berg", "Åsa Berg"),
        ("=C3=85sa =  \r\nBerg", "Åsa Berg"),
    ] {
        let fields = format!("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{lines}");
        assert_eq!(
            contact(Vcard, card("2.1", &fields)).name.full,
            name,
            "{lines}"
        );
    }
}

#[test]
fn quoted_printable_that_is_not_declared_is_seen() {
    let ada = contact(
        Vcard,
        card("2.1", "FN:=C3=96zlem =C5=9Eahin\r\nNOTE:2=3 and a=b, =20"),
    );
    assert_eq!(ada.name.full, "Özlem Şahin");
    assert_eq!(ada.notes.as_deref(), Some("2=3 and a=b, =20"));
}

#[test]
fn one_bad_byte_costs_one_character_of_its_own_value() {
    let mut bytes = card("3.0", "FN:Zoë Żak\r\nNOTE:grün # żółw").into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'#').unwrap();
    bytes[at] = 0xfe;
    let zoe = contact(Vcard, bytes);
    assert_eq!(zoe.name.full, "Zoë Żak");
    assert_eq!(zoe.notes.as_deref(), Some("grün \u{fffd} żółw"));
}

#[test]
fn a_file_in_an_older_encoding_is_read_in_the_one_it_is_in() {
    let names = ["Małgorzata Wójcik", "Łucja Żurawska", "Świętosław Gąska"];
    let file = names
        .map(|name| card("2.1", &format!("FN:{name}")))
        .concat();
    let polish = |c: char| match c {
        'ł' => 0xb3,
        'ó' => 0xf3,
        'Ł' => 0xa3,
        'Ż' => 0xaf,
        'Ś' => 0x8c,
        'ę' => 0xea,
        'ą' => 0xb9,
        c => u8::try_from(c).unwrap(),
    };
    let bytes = file.chars().map(polish).collect::<Vec<_>>();
    let found = contacts(Vcard, bytes).into_iter().map(|it| it.name.full);
    assert_eq!(found.collect::<Vec<_>>(), names);
}

#[test]
fn quoted_printable_without_a_charset_is_in_the_encoding_of_its_words() {
    for (n, name) in [
        (
            "Brz=EAczyszczykiewicz;Grzegorz;W=B3adys=B3aw",
            "Grzegorz Władysław Brzęczyszczykiewicz",
        ),
        ("Gro=DFmann;J=FCrgen", "Jürgen Großmann"),
        ("=C8=E2=E0=ED=EE=E2;=C8=E2=E0=ED", "Иван Иванов"),
    ] {
        let lines = format!("N;ENCODING=QUOTED-PRINTABLE:{n}\r\nTEL:1");
        assert_eq!(contact(Vcard, card("2.1", &lines)).name.full, name);
    }
}

#[test]
fn cards_joined_without_a_line_end_are_as_many_people() {
    let one = |name: &str| format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nEND:VCARD");
    for between in ["", " ", "\u{feff}", "\r\n"] {
        let file = [one("Ada"), one("Bela"), one("Cleo")].join(between);
        let found = entries(Vcard, file);
        assert_eq!(found.len(), 3, "{between:?}");
        assert!(found[1].raw.contains("FN:Bela") && !found[1].raw.contains("FN:Cleo"));
    }
    let mixed = format!(
        "{}begin:vcard\nfn:Bela\nend:vcardBEGIN:VCARD\nFN:Cut",
        one("Ada")
    );
    let found = entries(Vcard, mixed);
    assert_eq!(found.len(), 3);
    assert!(rejections(&found)[0].1.contains("the file ends inside"));
}

#[test]
fn an_indented_card_is_read() {
    let file = "\n  BEGIN:VCARD\n  VERSION:3.0\n  FN:Ada\n  NOTE:one\n   two\n  END:VCARD\n";
    let ada = contact(Vcard, file);
    assert_eq!(ada.name.full, "Ada");
    assert_eq!(ada.notes.as_deref(), Some("onetwo"));
}

#[test]
fn androids_own_rows_are_understood() {
    let ada = contact(
        Vcard,
        card(
            "2.1",
            "FN:Ada\r\nX-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Annabella;8;;;;;;;;;;;;;\r\n\
             X-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Charles;0;Teacher;;;;;;;;;;;;\r\n\
             X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;1835-07-08;1;;;;;;;;;;;;;\r\n\
             X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;--12-10;3;;;;;;;;;;;;;\r\n\
             X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;1843-09-01;0;Notes out;;;;\r\n\
             X-ANDROID-CUSTOM;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:\
             vnd.android.cursor.item/nickname;=C3=84da;1;;;;;;;;;;;;;\r\n\
             X-ANDROID-CUSTOM:vnd.com.google.cursor.item/contact_user_defined_field;Badge;42;;;;\r\n\
             X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;;1;;;;;;;;;;;;;",
        ),
    );
    assert_eq!(
        related(&ada),
        [("Mother", "Annabella"), ("Teacher", "Charles")]
    );
    let dates = ada
        .dates
        .iter()
        .map(|it| (it.label.as_deref(), it.date.year));
    assert_eq!(
        dates.collect::<Vec<_>>(),
        [
            (Some("Anniversary"), Some(1835)),
            (Some("Notes out"), Some(1843))
        ]
    );
    let birthday = PartialDate {
        year: None,
        month: 12,
        day: 10,
    };
    assert_eq!(ada.birthday, Some(birthday));
    assert_eq!(values(&ada.values[FieldName::Nickname]), ["Äda"]);
    let own = &ada.values[FieldName::Custom][0];
    assert_eq!(
        (own.label.as_deref(), own.value.as_str()),
        (Some("Badge"), "42")
    );
    assert_eq!(ada.unknown, Vec::<String>::new());
}

#[test]
fn outlooks_evolutions_and_kontacts_own_properties_are_understood() {
    let ada = contact(
        Vcard,
        card(
            "2.1",
            "FN:Ada\r\nX-MS-SPOUSE:William\r\nX-MS-MANAGER:Charles\r\nX-MS-ASSISTANT:Mary\r\n\
             X-MS-CHILD;ENCODING=QUOTED-PRINTABLE:Ann=C3=A9\r\nX-MS-ANNIVERSARY:18350708\r\n\
             X-MS-IMADDRESS:ada@chat.example.org\r\nX-MS-TEL;VOICE;WORK:+44 20 7946\r\n\
             X-EVOLUTION-BLOG-URL:https://example.org/blog\r\n\
             X-KADDRESSBOOK-X-SpousesName:Lord King\r\nX-KADDRESSBOOK-X-Profession:Analyst\r\n\
             X-PHONETIC-LAST-NAME:Lavlis\r\nX-MS-OL-DESIGN;CHARSET=utf-8:<card/>",
        ),
    );
    assert_eq!(
        related(&ada),
        [
            ("Spouse", "William"),
            ("Manager", "Charles"),
            ("Assistant", "Mary"),
            ("Child", "Anné"),
            ("Spouse", "Lord King")
        ]
    );
    assert_eq!(ada.dates[0].label.as_deref(), Some("Anniversary"));
    assert_eq!(values(&ada.values[FieldName::Phone]), ["+44 20 7946"]);
    assert_eq!(
        values(&ada.values[FieldName::Url]),
        ["https://example.org/blog"]
    );
    assert_eq!(
        values(&ada.values[FieldName::Custom]),
        ["ada@chat.example.org", "Analyst", "Lavlis"]
    );
    assert_eq!(
        ada.values[FieldName::Custom][2].label.as_deref(),
        Some("Phonetic last name")
    );
    assert_eq!(ada.unknown, Vec::<String>::new());
}

#[test]
fn labels_among_the_parameters_are_the_owners_own() {
    let ada = contact(
        Vcard,
        card(
            "2.1",
            "FN:Ada\r\nTEL;X-Engine room:1\r\n\
             TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=C3=9Cbungsraum):2\r\n\
             TEL;X-CELL:3\r\nTEL;TYPE=HOME,X-Kitchen:4\r\nitem1.TEL:5\r\n\
             item1.X-ABLabel:Desk\r\nitem1.X-ABLabel:Mill\r\nEMAIL;TYPE=X-Reading:a@example.org\r\nADR;X-Barn:;;Lane 1;;;;",
        ),
    );
    let labels = ada.values[FieldName::Phone].iter();
    let labels = labels.map(|it| it.label.as_deref()).collect::<Vec<_>>();
    assert_eq!(
        labels,
        [
            Some("Engine room"),
            Some("Übungsraum"),
            None,
            Some("Kitchen"),
            Some("Desk, Mill")
        ]
    );
    assert_eq!(ada.values[FieldName::Phone][2].types, ["cell"]);
    assert_eq!(ada.values[FieldName::Phone][3].types, ["home"]);
    let email = &ada.values[FieldName::Email][0];
    assert_eq!(
        (email.label.as_deref(), email.types.len()),
        (Some("Reading"), 0)
    );
    assert_eq!(ada.addresses[0].label.as_deref(), Some("Barn"));
}

#[test]
fn the_text_of_an_address_belongs_to_the_address() {
    let ada = contact(
        Vcard,
        card(
            "2.1",
            "FN:Ada\r\nADR;HOME:;;Square 12;London;;;UK\r\nADR;WORK:;;Lane 1;Ockham;;;UK\r\n\
             LABEL;WORK;ENCODING=QUOTED-PRINTABLE:Lane 1=0D=0A=\r\nOckham\r\n\
             LABEL;DOM:By the river",
        ),
    );
    let texts = ada.addresses.iter().map(|it| it.formatted.as_deref());
    assert_eq!(
        texts.collect::<Vec<_>>(),
        [None, Some("Lane 1\nOckham"), Some("By the river")]
    );
    let lines = "FN:Ada\r\nADR;TYPE=DOM,WORK,POSTAL:;;Lane 1;Ockham;;;UK\r\n\
                 LABEL;TYPE=WORK:Engine Office\\nOckham";
    let ada = contact(Vcard, card("3.0", lines));
    let formatted = ada.addresses[0].formatted.as_deref();
    assert_eq!(
        (ada.addresses.len(), formatted),
        (1, Some("Engine Office\nOckham"))
    );
    assert_eq!(ada.unknown, Vec::<String>::new());
    for label in ["Ada ^'C^' L^nSquare 12^^", "Ada \"C\" L\\nSquare 12^"] {
        let label = label.replace("\"C\"", "^'C^'");
        let lines = format!("FN:Ada\r\nADR;LABEL=\"{label}\":;;Square 12;London;;;UK");
        let ada = contact(Vcard, card("4.0", &lines));
        assert_eq!(
            ada.addresses[0].formatted.as_deref(),
            Some("Ada \"C\" L\nSquare 12^")
        );
        assert_eq!(ada.addresses[0].country.as_deref(), Some("UK"));
    }
}

#[test]
fn nothing_that_is_said_twice_or_more_is_lost() {
    let ada = contact(
        Vcard,
        card(
            "3.0",
            "FN:Ada\r\nFN:Countess of Lovelace\r\nORG:Acme\r\nTITLE:Analyst\r\nROLE:Adviser\r\n\
             PHOTO:https://example.org/1\r\nPHOTO:https://example.org/2\r\nBDAY:1815-12-10\r\n\
             BDAY:1815-12-11\r\nCATEGORIES:Friends,Engines\r\nCATEGORIES:Poets;Family\r\n\
             TEL;TYPE=HOME:1\r\nTEL;TYPE=WORK:1\r\nTEL;TYPE=WORK:1-555-ENGINES",
        ),
    );
    assert_eq!(
        values(&ada.values[FieldName::Name]),
        ["Countess of Lovelace"]
    );
    assert_eq!(ada.photo, Some(Photo::Url("https://example.org/1".into())));
    assert_eq!(
        values(&ada.values[FieldName::Photo]),
        ["https://example.org/2"]
    );
    let role = &ada.values[FieldName::Custom][0];
    assert_eq!(
        (role.label.as_deref(), role.value.as_str()),
        (Some("Role"), "Adviser")
    );
    assert_eq!(ada.birthday.map(|it| it.day), Some(10));
    assert_eq!(ada.dates[0].label.as_deref(), Some("Birthday"));
    assert_eq!(ada.labels, ["Friends", "Engines", "Poets", "Family"]);
    assert_eq!(
        values(&ada.values[FieldName::Phone]),
        ["1", "1-555-ENGINES"]
    );
    assert_eq!(ada.values[FieldName::Phone][0].types, ["home", "work"]);
}

#[test]
fn names_in_letters_of_east_asia_begin_with_the_family() {
    for (n, full) in [
        ("佐藤;花子;;;", "佐藤 花子"),
        ("김;민준;;;", "김 민준"),
        ("Sato;Hanako;;;", "Hanako Sato"),
        ("佐藤;Hannah;;;", "Hannah 佐藤"),
        ("スミス;ジョン;;;", "ジョン スミス"),
        ("佐藤;エリカ;;;", "佐藤 エリカ"),
    ] {
        let lines = format!("N:{n}\r\nTEL:1");
        assert_eq!(contact(Vcard, card("2.1", &lines)).name.full, full);
    }
}

#[test]
fn several_names_in_one_part_are_several_words() {
    let ada = contact(
        Vcard,
        card(
            "3.0",
            "FN:Ada\r\nN:Lovelace;Ada;Augusta,Byron;Lady;Hon.,PhD",
        ),
    );
    assert_eq!(ada.name.additional.as_deref(), Some("Augusta Byron"));
    assert_eq!(ada.name.suffix.as_deref(), Some("Hon., PhD"));
}

#[test]
fn what_nobody_sees_is_no_part_of_what_is_said() {
    let ada = contact(
        Vcard,
        card(
            "3.0",
            "FN:\u{200e}Ada\u{a0} Love\u{200b}lace\u{200f}\r\nTEL:\u{202a}+٤٤ ٢٠ ٧٩٤٦\u{202c}\r\n\
             EMAIL:Ada Lovelace <ada@example.org>\r\nEMAIL:ada@example.org\\;\r\n\
             EMAIL:a.l@example.org\\, lady@example.org",
        ),
    );
    assert_eq!(ada.name.full, "Ada Lovelace");
    assert_eq!(values(&ada.values[FieldName::Phone]), ["+44 20 7946"]);
    assert_eq!(
        values(&ada.values[FieldName::Email]),
        ["ada@example.org", "a.l@example.org", "lady@example.org"]
    );
}

#[test]
fn the_name_of_a_group_is_a_label_of_its_members_wherever_it_stands() {
    let member = |name: &str, uid: &str| card("3.0", &format!("FN:{name}\r\nUID:{uid}"));
    let apple = card(
        "3.0",
        "FN:Engineers\r\nX-ADDRESSBOOKSERVER-KIND:group\r\n\
         X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:4FBE-8971\r\n\
         X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:0BC3-\r\n 424C",
    );
    let standard = card("4.0", "KIND:group\r\nFN:Poets\r\nMEMBER:urn:uuid:4fbe-8971");
    let ada = member("Ada", "4FBE-8971:ABPerson");
    let charles = member("Charles", "urn:uuid:0bc3-424c");
    let mary = member("Mary", "9999");
    for file in [
        [&*apple, &standard, &ada, &charles, &mary].concat(),
        [&*ada, &charles, &mary, &apple, &standard].concat(),
    ] {
        let found = entries(Vcard, file);
        let labels = found.iter().filter_map(|entry| match &entry.content {
            Content::Contact(contact) => Some(contact.labels.join(" ")),
            _ => None,
        });
        assert_eq!(
            labels.collect::<Vec<_>>(),
            ["Engineers Poets", "Engineers", ""]
        );
    }
}
