//! vCards, each dialect by what it is known to do.

use kith_formats::{Content, FieldName, Format::Vcard, PartialDate, Photo};

use crate::support::{contact, contacts, entries, rejections, values};

fn card(lines: &str) -> String {
    format!("BEGIN:VCARD\nVERSION:3.0\nFN:Ada Lovelace\n{lines}\nEND:VCARD\n")
}

#[test]
fn every_numbered_group_keeps_its_own_label() {
    let ada = contact(
        Vcard,
        card(
            "item1.EMAIL;type=INTERNET:ada@example.org\nitem1.X-ABLabel:_$!<Work>!$_\n\
             item2.EMAIL;type=INTERNET;type=pref:ada@example.com\nitem2.X-ABLabel:Engine room\n\
             item3.TEL:+44 20 7946 0001\nitem3.X-ABLabel:Desk\n\
             item14.URL:https://example.org/ada\nitem14.X-ABLabel:_$!<HomePage>!$_",
        ),
    );
    let labels = ada.values[FieldName::Email]
        .iter()
        .map(|it| it.label.as_deref())
        .collect::<Vec<_>>();
    assert_eq!(labels, [Some("Work"), Some("Engine room")]);
    assert_eq!(
        ada.values[FieldName::Email]
            .iter()
            .map(|it| it.preferred)
            .collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(ada.values[FieldName::Email][0].types, Vec::<String>::new());
    assert_eq!(
        ada.values[FieldName::Phone][0].label.as_deref(),
        Some("Desk")
    );
    assert_eq!(
        ada.values[FieldName::Url][0].label.as_deref(),
        Some("HomePage")
    );
    assert_eq!(ada.unknown, Vec::<String>::new());
}

#[test]
fn apples_dates_carry_the_label_of_their_group() {
    let ada = contact(
        Vcard,
        card("item2.X-ABDATE;type=pref:1835-07-08\nitem2.X-ABLabel:_$!<Anniversary>!$_"),
    );
    assert_eq!(ada.dates[0].label.as_deref(), Some("Anniversary"));
    assert_eq!(
        ada.dates[0].date,
        PartialDate {
            year: Some(1835),
            month: 7,
            day: 8
        }
    );
}

#[test]
fn apples_related_names_carry_their_relation() {
    let ada = contact(
        Vcard,
        card(
            "item7.X-ABRELATEDNAMES;type=pref:William King\nitem7.X-ABLabel:_$!<Spouse>!$_\n\
             item8.X-ABRELATEDNAMES:Mary Somerville\nitem8.X-ABLabel:tutor",
        ),
    );
    let related = ada
        .related
        .iter()
        .map(|it| (it.relation.as_deref(), it.name.as_str()));
    assert_eq!(
        related.collect::<Vec<_>>(),
        [
            (Some("Spouse"), "William King"),
            (Some("tutor"), "Mary Somerville")
        ]
    );
}

#[test]
fn a_company_card_stands_for_the_organisation() {
    let acme = contact(
        Vcard,
        "BEGIN:VCARD\nVERSION:3.0\nN:;;;;\nFN:\nORG:Acme;\nX-ABShowAs:COMPANY\nEND:VCARD\n",
    );
    assert!(acme.is_organisation);
    assert_eq!(acme.name.full, "Acme");
}

#[test]
fn social_profiles_become_urls_of_their_network_or_handles() {
    let ada = contact(
        Vcard,
        card(
            "X-SOCIALPROFILE;type=twitter;x-user=ada:http://twitter.com/ada\n\
             X-SOCIALPROFILE;type=myspace;x-user=countess:x-apple:countess",
        ),
    );
    assert_eq!(
        values(&ada.values[FieldName::Url]),
        ["http://twitter.com/ada"]
    );
    assert_eq!(ada.values[FieldName::Url][0].types, ["twitter"]);
    assert_eq!(values(&ada.values[FieldName::Custom]), ["countess"]);
}

#[test]
fn a_birthday_without_a_year_is_read_in_all_three_spellings() {
    for spelling in [
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-09",
        "BDAY;VALUE=date:1604-05-09",
        "BDAY:--0509",
    ] {
        let birthday = contact(Vcard, card(spelling)).birthday;
        assert_eq!(
            birthday,
            Some(PartialDate {
                year: None,
                month: 5,
                day: 9
            }),
            "{spelling}"
        );
    }
    for spelling in [
        "BDAY:1815-12-10",
        "BDAY:18151210",
        "BDAY:1815-12-10T00:00:00Z",
    ] {
        let birthday = contact(Vcard, card(spelling)).birthday;
        assert_eq!(
            birthday,
            Some(PartialDate {
                year: Some(1815),
                month: 12,
                day: 10
            })
        );
    }
}

#[test]
fn a_birthday_that_is_no_date_is_kept_verbatim() {
    let ada = contact(Vcard, card("BDAY:circa 1815"));
    assert_eq!(
        (ada.birthday, ada.unknown),
        (None, vec!["BDAY:circa 1815".to_owned()])
    );
}

#[test]
fn androids_quoted_printable_with_soft_breaks_and_a_charset_is_decoded() {
    let card = "BEGIN:VCARD\r\nVERSION:2.1\r\n\
        N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=96zt=C3=BCrk;=\r\n=C3=85sa;;;\r\n\
        FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=85sa =\r\n=C3=96zt=C3=BCrk\r\n\
        NOTE;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Gr=FC=DFe=0D=0Azwei\r\n\
        TEL;CELL;PREF:+49 30 901820\r\nTEL;WORK;VOICE:+49 30 901821\r\nEND:VCARD\r\n";
    let asa = contact(Vcard, card);
    assert_eq!(asa.name.family.as_deref(), Some("Öztürk"));
    assert_eq!(asa.name.given.as_deref(), Some("Åsa"));
    assert_eq!(asa.name.full, "Åsa Öztürk");
    assert_eq!(asa.notes.as_deref(), Some("Grüße\nzwei"));
    assert_eq!(asa.values[FieldName::Phone][0].types, ["cell"]);
    assert!(
        asa.values[FieldName::Phone][0].preferred && !asa.values[FieldName::Phone][1].preferred
    );
    assert_eq!(asa.values[FieldName::Phone][1].types, ["work", "voice"]);
}

#[test]
fn quoted_printable_without_a_charset_is_utf_8_even_with_a_bare_parameter() {
    let asa = contact(
        Vcard,
        "begin:vcard\nfn;quoted-printable:=C3=85sa\nend:vcard\n",
    );
    assert_eq!(asa.name.full, "Åsa");
}

#[test]
fn a_base64_photo_folded_the_old_way_ends_at_the_blank_line() {
    let card = "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Ada\r\nPHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\r\n \
        SkZJRgAB\r\n AQAAAQAB\r\n\r\nTEL;HOME:123\r\nEND:VCARD\r\n";
    let ada = contact(Vcard, card);
    let Some(Photo::Bytes { media_type, bytes }) = ada.photo else {
        panic!("no photo")
    };
    assert_eq!(media_type.as_deref(), Some("image/jpeg"));
    assert_eq!(
        bytes,
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01"
    );
    assert_eq!(values(&ada.values[FieldName::Phone]), ["123"]);
}

#[test]
fn a_base64_photo_whose_lines_are_not_indented_is_one_photo() {
    let ada = contact(
        Vcard,
        card("PHOTO;ENCODING=b;TYPE=PNG:iVBO\nRw0K\n\nTEL:123"),
    );
    let photo = Photo::Bytes {
        media_type: Some("image/png".into()),
        bytes: b"\x89PNG\r\n".to_vec(),
    };
    assert_eq!(ada.photo, Some(photo));
    assert_eq!(values(&ada.values[FieldName::Phone]), ["123"]);
}

#[test]
fn a_photo_may_be_an_address_or_a_data_uri() {
    let url = contact(Vcard, card("PHOTO;VALUE=uri:https://example.org/ada.jpg"));
    assert_eq!(
        url.photo,
        Some(Photo::Url("https://example.org/ada.jpg".into()))
    );
    let data = contact(
        Vcard,
        "BEGIN:VCARD\nVERSION:4.0\nFN:Ada\nPHOTO:data:image/png;base64,iVBORw0K\nEND:VCARD",
    );
    let Some(Photo::Bytes { bytes, .. }) = data.photo else {
        panic!("no photo")
    };
    assert_eq!(bytes, b"\x89PNG\r\n");
}

#[test]
fn several_addresses_and_phones_keep_their_types() {
    let ada = contact(
        Vcard,
        card(
            "ADR;TYPE=HOME:;;12 St James's Square;London;;SW1Y 4JH;United Kingdom\n\
             ADR;TYPE=WORK,pref:PO 1;Floor 2;1 Engine Way, Rear;Ockham;Surrey;GU23;UK\n\
             TEL;TYPE=CELL:1\nTEL;TYPE=\"work,voice\":2\nTEL;type=HOME;type=FAX:3",
        ),
    );
    assert_eq!(ada.addresses[0].city.as_deref(), Some("London"));
    assert_eq!(ada.addresses[0].types, ["home"]);
    assert_eq!(
        ada.addresses[1].street.as_deref(),
        Some("1 Engine Way, Rear")
    );
    assert_eq!(ada.addresses[1].region.as_deref(), Some("Surrey"));
    assert!(ada.addresses[1].preferred);
    let types = ada.values[FieldName::Phone]
        .iter()
        .map(|it| it.types.join(" "))
        .collect::<Vec<_>>();
    assert_eq!(types, ["cell", "work voice", "home fax"]);
}

#[test]
fn unknown_properties_are_kept_with_their_escapes_undone() {
    let ada = contact(
        Vcard,
        card(
            "X-FAVOURITE-ENGINE;x-rank=1:Analytical\\, No. 1\nitem9.X-LONG:fol\n ded\n\
             X-MOTTO;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=84pfel=3B Birnen",
        ),
    );
    assert_eq!(
        ada.unknown,
        [
            "X-FAVOURITE-ENGINE;x-rank=1:Analytical, No. 1",
            "item9.X-LONG:folded",
            "X-MOTTO:Äpfel; Birnen"
        ]
    );
}

#[test]
fn an_agents_card_does_not_end_the_card_around_it() {
    let ada = contact(
        Vcard,
        card("AGENT:\nBEGIN:VCARD\nVERSION:2.1\nFN:Secretary\nEND:VCARD\nTEL:123"),
    );
    assert_eq!(ada.name.full, "Ada Lovelace");
    assert_eq!(values(&ada.values[FieldName::Phone]), ["123"]);
    assert!(ada.unknown[0].contains("FN:Secretary"));
}

#[test]
fn version_4_uris_lose_their_schemes_and_relations_are_read() {
    let ada = contact(
        Vcard,
        "BEGIN:VCARD\nVERSION:4.0\nFN:Ada\nTEL;VALUE=uri;PREF=1;TYPE=\"voice,home\":tel:+44-20\n\
         RELATED;TYPE=friend;VALUE=text:Charles Babbage\nORG:Acme;Engines;Brass\nTITLE:Analyst\n\
         UID:urn:uuid:4fbe8971\nCATEGORIES:myContacts,Friends\nEND:VCARD\n",
    );
    assert_eq!(values(&ada.values[FieldName::Phone]), ["+44-20"]);
    assert_eq!(ada.values[FieldName::Phone][0].types, ["voice", "home"]);
    assert_eq!(ada.related[0].relation.as_deref(), Some("friend"));
    assert_eq!(ada.employments[0].organisation.as_deref(), Some("Acme"));
    assert_eq!(
        ada.employments[0].department.as_deref(),
        Some("Engines, Brass")
    );
    assert_eq!(ada.employments[0].title.as_deref(), Some("Analyst"));
    assert_eq!(ada.labels, ["myContacts", "Friends"]);
    assert_eq!(ada.uid.as_deref(), Some("urn:uuid:4fbe8971"));
}

#[test]
fn a_group_of_contacts_is_left_out_with_its_name() {
    let found = entries(
        Vcard,
        "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:Engineers\nMEMBER:urn:uuid:1\nEND:VCARD\n",
    );
    assert!(
        matches!(&found[0].content, Content::LeftOut { label, .. } if label == "Engineers"),
        "{found:?}"
    );
}

#[test]
fn several_cards_are_told_apart_by_place() {
    let found = entries(Vcard, format!("{}\r\n\r\n{}", card("TEL:1"), card("TEL:2")));
    let places = found
        .iter()
        .map(|entry| entry.position.to_string())
        .collect::<Vec<_>>();
    assert_eq!(places, ["card 1 (line 1)", "card 2 (line 8)"]);
    assert_eq!(found[1].raw, card("TEL:2"));
}

#[test]
fn a_card_without_a_full_name_is_named_by_its_parts() {
    for lines in [
        "N:Lovelace;Ada;King;Lady;",
        "FN:\nN:Lovelace;Ada;King;Lady;",
    ] {
        let ada = contact(
            Vcard,
            format!("BEGIN:VCARD\nVERSION:3.0\n{lines}\nEND:VCARD"),
        );
        assert_eq!(ada.name.full, "Lady Ada King Lovelace");
    }
}

#[test]
fn encodings_and_line_ends_of_every_kind_are_read() {
    let card = "BEGIN:VCARD\nVERSION:3.0\nFN:Zoë Müller\nEND:VCARD";
    let utf_16 = [0xff, 0xfe]
        .into_iter()
        .chain(card.encode_utf16().flat_map(u16::to_le_bytes));
    let windows = card.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
    let spellings: [Vec<u8>; 6] = [
        card.into(),
        format!("\u{feff}{card}").into(),
        card.replace('\n', "\r\n").into(),
        card.replace('\n', "\r").into(),
        utf_16.collect(),
        windows.collect(),
    ];
    for bytes in spellings {
        assert_eq!(contact(Vcard, bytes).name.full, "Zoë Müller");
    }
}

#[test]
fn lower_case_names_and_bare_types_are_read() {
    let ada = contact(
        Vcard,
        "begin:vcard\nversion:2.1\nn:Lovelace;Ada\ntel;cell:1\nend:vcard",
    );
    assert_eq!(ada.name.full, "Ada Lovelace");
    assert_eq!(ada.values[FieldName::Phone][0].types, ["cell"]);
}

#[test]
fn a_bad_card_is_rejected_by_itself_with_its_place() {
    let file = format!(
        "{}BEGIN:VCARD\nFN:Cut off\n{}END:VCARD\n",
        card("TEL:1"),
        card("TEL:2")
    );
    let found = entries(Vcard, file);
    let rejected = rejections(&found);
    assert_eq!(rejected[0].0, "card 2 (line 6)");
    assert!(rejected[0].1.contains("expected END:VCARD"), "{rejected:?}");
    assert_eq!(rejected[1].0, "line 13");
    assert!(
        rejected[1].1.contains("expected BEGIN:VCARD"),
        "{rejected:?}"
    );
    assert_eq!(found.len(), 4);
}

#[test]
fn escapes_are_undone() {
    let ada = contact(Vcard, card("NOTE:one\\, two\\; three\\nfour \\\\ five"));
    assert_eq!(ada.notes.as_deref(), Some("one, two; three\nfour \\ five"));
}

#[test]
fn two_cards_in_a_row_without_a_final_line_end_are_both_read() {
    let file = card("TEL:1") + card("TEL:2").trim_end();
    assert_eq!(contacts(Vcard, file).len(), 2);
}

#[test]
fn a_card_says_when_it_was_last_changed() {
    let revised = |rev: &str| {
        let ada = contact(Vcard, card(&format!("REV:{rev}")));
        assert!(ada.unknown.is_empty(), "{ada:?}");
        ada.revised_at.map(|moment| moment.to_string())
    };
    assert_eq!(
        revised("20240102T030405Z").as_deref(),
        Some("2024-01-02T03:04:05Z")
    );
    assert_eq!(
        revised("20260101T000000Z").as_deref(),
        Some("2026-01-01T00:00:00Z")
    );
    assert_eq!(revised("once"), None);
}
