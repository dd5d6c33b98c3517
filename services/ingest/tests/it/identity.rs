//! Who is one with whom, in files as people have them: what households, firms and mailboxes share
//! makes nobody one, and one human is known again however a source writes.

use kith_shared::{events::ingest::PersonChanged, keys::StrongKey};
use serde_json::{Value, json};

use crate::support::{Fixture, Owner, connections, eventually, hasher};

/// Cards of these lines, one each.
fn cards(cards: &[&str]) -> String {
    let card = |lines: &&str| format!("BEGIN:VCARD\nVERSION:3.0\n{lines}\nEND:VCARD\n");
    cards.iter().map(card).collect()
}

/// The persons that the records of an import came to, in the file's order.
async fn persons(owner: &Owner, import: &Value) -> Vec<String> {
    let mut persons = Vec::new();
    for line in owner.receipt(import).await {
        let id = line["person_id"].as_str().unwrap_or_default().to_owned();
        let holds = owner.get(&format!("/people/{id}")).await["id"].clone();
        persons.push(holds.as_str().unwrap().to_owned());
    }
    persons
}

/// The person that the first record of an import came to.
async fn person_of(owner: &Owner, import: &Value) -> String {
    let line = &owner.receipt(import).await[0];
    line["person_id"].as_str().unwrap().to_owned()
}

async fn how_many(name: &str, content: &str) -> usize {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner.import(name, content).await;
    let mut persons = persons(&owner, &import).await;
    persons.sort();
    persons.dedup();
    persons.len()
}

fn values(person: &Value, name: &str, former: bool) -> Vec<String> {
    let fields = person["fields"].as_array().unwrap().iter();
    let of_it =
        fields.filter(|it| it["name"] == name && it["former"].as_bool().unwrap_or(false) == former);
    of_it
        .map(|it| it["value"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn what_a_household_or_a_firm_shares_makes_nobody_one() {
    for (what, wanted, content) in [
        (
            "a landline",
            3,
            vec![
                "FN:Paulo Teixeira\nTEL;TYPE=HOME:+351 21 343 3456\nEMAIL:paulo.t@mail.example",
                "FN:Marta Teixeira\nTEL;TYPE=HOME:+351 21 343 3456\nEMAIL:marta.t@mail.example",
                "FN:Rosa Teixeira\nTEL;TYPE=HOME:+351 21 343 3456",
            ],
        ),
        (
            "a firm's number",
            2,
            vec![
                "FN:Nils Aas\nORG:Acme\nTEL;TYPE=WORK:+49 30 901820",
                "FN:Olga Vik\nORG:Acme\nTEL;TYPE=WORK:+49 30 901820",
            ],
        ),
        (
            "a firm's page",
            2,
            vec![
                "FN:Ute Brandt\nURL:https://www.facebook.com/brandtbakery",
                "FN:Jens Vogel\nURL:https://facebook.com/brandtbakery/",
            ],
        ),
        (
            "a fax",
            2,
            vec![
                "FN:Ute Brandt\nTEL;TYPE=WORK,FAX:+49 30 901829",
                "FN:Ute Brandl\nTEL;TYPE=WORK,FAX:+49 30 901829",
            ],
        ),
        (
            "an assistant's telephone",
            2,
            vec![
                "FN:Bea Boss\nitem1.TEL:+49 30 901830\nitem1.X-ABLabel:AssistantPhone",
                "FN:Ann Assist\nTEL;TYPE=WORK:+49 30 901830",
            ],
        ),
        (
            "a switchboard with extensions",
            3,
            vec![
                "FN:Ivy Marsh\nTEL;TYPE=WORK:+44 20 7946 0018 ext. 101",
                "FN:Ivy March\nTEL;TYPE=WORK:+44 20 7946 0018 ext. 102",
                "FN:Gus Albright\nTEL;TYPE=WORK:tel:+44-20-7946-0018;ext=104",
            ],
        ),
        (
            "a family's mailbox",
            2,
            vec![
                "FN:Henrik Dahl\nEMAIL:familien@dahl.example",
                "FN:Sofie Dahl\nEMAIL:familien@dahl.example",
            ],
        ),
        (
            "a name with another birthday",
            2,
            vec![
                "FN:Kim Berg\nEMAIL:kim@berg.example\nBDAY:1980-01-02",
                "FN:Kim Berg\nEMAIL:kim@berg.example\nBDAY:2004-05-06",
            ],
        ),
        (
            "a name with another generation",
            2,
            vec![
                "FN:Ian Marsh Sr.\nTEL:+44 20 7946 0018",
                "FN:Ian Marsh Jr.\nTEL:+44 20 7946 0018",
            ],
        ),
    ] {
        assert_eq!(how_many("a.vcf", &cards(&content)).await, wanted, "{what}");
    }
}

#[tokio::test]
async fn one_mailbox_and_one_number_are_known_in_every_spelling() {
    for (what, content) in [
        (
            "dots, tags and the other name of the provider",
            vec![
                "FN:Lina Moreau\nEMAIL:lina.moreau@gmail.com",
                "FN:Lina Moreau\nEMAIL:LinaMoreau+list@gmail.com",
                "FN:Lina M.\nEMAIL:linamoreau@googlemail.com",
            ],
        ),
        (
            "a domain in its own letters and in ASCII",
            vec![
                "FN:Jana Bücherwurm\nEMAIL:jana@bücher.example",
                "FN:Jana Bücherwurm\nEMAIL:jana@xn--bcher-kva.example",
            ],
        ),
        (
            "a national number while the country is not known",
            vec![
                "FN:Ola Nord\nTEL:22 12 34 56\nEMAIL:ola@nord.example",
                "FN:Ola Nord\nTEL:22123456",
            ],
        ),
        (
            "a national number and the same with its country",
            vec![
                "FN:Mia Lang\nTEL;TYPE=CELL:0171 1234567",
                "FN:Mia Lang\nTEL;TYPE=CELL:+49 171 1234567",
            ],
        ),
        (
            "a name of one word",
            vec![
                "FN:Ola\nEMAIL:ola@x.example",
                "FN:Ola\nEMAIL:ola@x.example\nEMAIL:ola@y.example",
            ],
        ),
        (
            "a short form of the name",
            vec![
                "FN:William Turner\nEMAIL:turner@example.com",
                "FN:Bill Turner\nEMAIL:turner@example.com",
            ],
        ),
    ] {
        assert_eq!(how_many("a.vcf", &cards(&content)).await, 1, "{what}");
    }
}

#[tokio::test]
async fn the_same_card_twice_in_one_file_is_one_record() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let twice = cards(&[
        "FN:Ola Nord\nTEL:+47 22 12 34 56",
        "TEL:+47 22 12 34 56\nFN:Ola Nord",
    ]);
    let import = owner.import("a.vcf", twice).await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    assert_eq!(import["counts"]["unchanged"], 1, "{import}");
}

#[tokio::test]
async fn a_join_is_told_in_the_receipt_and_undone_by_its_name() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    owner
        .import("a.vcf", cards(&["FN:Ada Lovelace\nEMAIL:ada@example.com"]))
        .await;
    let rows = connections(&[
        "Ada,King,https://www.linkedin.com/in/ada-king,ada@example.com,Engines,Programmer,04 Mar 2021",
    ]);
    let second = owner.import("Connections.csv", rows).await;
    let line = &owner.receipt(&second).await[0];
    assert_eq!(line["outcome"], "merged", "{line}");
    assert_eq!(
        line["reason"],
        "joined Ada Lovelace: same e-mail address ada@example.com, though another family name"
    );
    let id = line["person_id"].as_str().unwrap();
    let person = owner.get(&format!("/people/{id}")).await;
    let merge = &person["merged"][0];
    assert_eq!(merge["by"], "rule");
    assert_eq!(merge["display_name"], "Ada King");
    let path = format!(
        "/api/v1/people/{id}/merges/{}",
        merge["merge_id"].as_str().unwrap()
    );
    owner.client.delete(&path).await.expect_status(200);
    let alone = owner
        .get(&format!("/people/{}", merge["person_id"].as_str().unwrap()))
        .await;
    assert_eq!(alone["id"], merge["person_id"]);
    assert_eq!(alone["display_name"], "Ada King");
}

#[tokio::test]
async fn one_record_is_taken_out_and_stays_out() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner
        .import(
            "a.vcf",
            cards(&["FN:Ada Lovelace\nEMAIL:ada@example.com\nTEL:+49 30 901820"]),
        )
        .await;
    let id = person_of(&owner, &import).await;
    let google = "First Name,Last Name,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n\
         Ada,Lovelace,,,ada@example.com,,+49 30 901820\n";
    owner.import("contacts.csv", google).await;
    let records = owner.get(&format!("/people/{id}/records")).await;
    let of_google = records["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["source"] == "google");
    let record = of_google.unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/people/{id}/records/{record}");
    let answer = owner.client.delete(&path).await;
    answer.expect_status(200);
    let alone = owner.get(&format!("/people/{id}")).await;
    assert_eq!(alone["merged"], json!([]), "{alone}");
    // What is the only record of somebody is taken out of nobody.
    let left = owner.get(&format!("/people/{id}/records")).await;
    let left = left["items"][0]["id"].as_str().unwrap().to_owned();
    owner
        .client
        .delete(&format!("/api/v1/people/{id}/records/{left}"))
        .await
        .expect_status(409);
}

/// A card with an identifier, as an address book writes it.
fn greta(lines: &str) -> String {
    cards(&[&format!(
        "UID:7c1d5a3e-2f44-4b1e-9e0b-aa51d2f00112\n{lines}"
    )])
}

#[tokio::test]
async fn what_a_newer_export_no_longer_says_is_former() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let before = "FN:Greta Holm\nEMAIL:greta@old.example\nTEL:+46 70 123 45 67\nBDAY:1984-02-03\nNOTE:Met in Lund\nREV:20240101T000000Z";
    let first = owner.import("a.vcf", greta(before)).await;
    let id = person_of(&owner, &first).await;
    let again = owner
        .import("b.vcf", greta("REV:20240301T000000Z\nNOTE:Met in Lund\nBDAY:1984-02-03\nTEL:+46 70 123 45 67\nEMAIL:greta@old.example\nFN:Greta Holm"))
        .await;
    assert_eq!(
        again["counts"]["unchanged"], 1,
        "order and REV are no change: {again}"
    );
    let newer = owner
        .import(
            "c.vcf",
            greta(
                "FN:Greta Holm-Ek\nEMAIL:greta@old.example\nBDAY:1984-03-02\nREV:20260101T000000Z",
            ),
        )
        .await;
    assert_eq!(newer["counts"]["updated"], 1, "{newer}");
    let line = &owner.receipt(&newer).await[0];
    assert_eq!(
        line["reason"],
        "name changed, phone removed, birthday changed, note removed"
    );
    let person = owner.get(&format!("/people/{id}")).await;
    assert_eq!(person["display_name"], "Greta Holm-Ek");
    assert_eq!(values(&person, "birthday", false), ["1984-03-02"]);
    assert_eq!(values(&person, "birthday", true), ["1984-02-03"]);
    assert_eq!(values(&person, "phone", false), Vec::<String>::new());
    assert_eq!(values(&person, "phone", true), ["+46 70 123 45 67"]);
    assert_eq!(values(&person, "note", true), ["Met in Lund"]);
    // What is former is told to nobody, and is evidence of nothing.
    eventually("the number is published no longer", async || {
        let told = fixture.heard::<PersonChanged>();
        let last = told.iter().map(|(_, it)| it).max_by_key(|it| it.version)?;
        (last.display_name == "Greta Holm-Ek" && last.phones.is_empty()).then_some(())
    })
    .await;
    let other = owner
        .import("d.vcf", cards(&["FN:Greta Holm\nTEL:+46 70 123 45 67"]))
        .await;
    assert_eq!(other["counts"]["created"], 1, "{other}");
    // A backup that turns up later overrides nothing.
    let older = owner
        .import(
            "old.vcf",
            greta(&before.replace("2024", "2022").replace("Lund", "Oslo")),
        )
        .await;
    assert_eq!(older["counts"]["unchanged"], 1, "{older}");
    let person = owner.get(&format!("/people/{id}")).await;
    assert_eq!(person["display_name"], "Greta Holm-Ek");
    assert_eq!(values(&person, "note", false), Vec::<String>::new());
}

#[tokio::test]
async fn a_newer_export_without_identifiers_doubles_nobody() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let head = "First Name,Last Name,Notes,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value";
    let first = format!(
        "{head}\nAna,Sol,,* myContacts,,,Mobile,612 345 678\nOld,Friend,Met 1999,* myContacts,,,,\n"
    );
    let first = owner.import("contacts.csv", first).await;
    assert_eq!(first["counts"]["created"], 2);
    // Two more columns, since somebody else got a page; a note that was edited; one who is new.
    let second = format!(
        "{head},Website 1 - Label,Website 1 - Value\nAna,Sol,,* myContacts,,,Mobile,612 345 678,,\n\
         Old,Friend,Met 1999 in Rome,* myContacts,,,,,,\nOld,Friend,Another of the name,* myContacts,,,,,,\n"
    );
    let second = owner.import("contacts.csv", second).await;
    let counts = &second["counts"];
    assert_eq!(
        (&counts["unchanged"], &counts["updated"], &counts["created"]),
        (&json!(1), &json!(1), &json!(1)),
        "{second}"
    );
    // A member who moved to another address of the network.
    let row = |page: &str| {
        connections(&[&format!(
            "Ida,Falk,https://www.linkedin.com/in/{page},,Acme,CTO,04 Mar 2021"
        )])
    };
    owner
        .import("Connections.csv", row("ida-falk-8a7b12"))
        .await;
    let moved = owner.import("Connections.csv", row("idafalk")).await;
    assert_eq!(moved["counts"]["updated"], 1, "{moved}");
}

#[tokio::test]
async fn an_address_that_the_owner_struck_out_is_no_evidence() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let first = owner
        .import(
            "a.vcf",
            cards(&["FN:Rosa Klint\nEMAIL:rosa@klint.example\nTEL:+46701111111"]),
        )
        .await;
    let id = person_of(&owner, &first).await;
    owner
        .client
        .patch(
            &format!("/api/v1/people/{id}"),
            &json!({"emails": ["rosa@private.example"]}),
        )
        .await
        .expect_status(200);
    let next = owner
        .import("b.vcf", cards(&["FN:R. Klint\nEMAIL:rosa@klint.example"]))
        .await;
    assert_eq!(next["counts"]["created"], 1, "{next}");
}

#[tokio::test]
async fn a_card_that_names_the_owner_too_is_somebodys() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner
        .import(
            "a.vcf",
            cards(&[
                "FN:Eva Test\nEMAIL:eva@t.example\nEMAIL:owner@example.net",
                "FN:Olga Owner\nEMAIL:owner@example.net",
            ]),
        )
        .await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    assert_eq!(import["counts"]["left_out"], 1, "{import}");
}

#[tokio::test]
async fn a_region_that_is_told_later_reads_old_numbers_anew() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    fixture
        .tell_region(owner.id, 2, &["owner@example.net"], None)
        .await;
    let phone = StrongKey::phone("+49 171 1234567", None).unwrap();
    let told = || {
        let heard = fixture.heard::<PersonChanged>();
        heard
            .iter()
            .any(|(_, it)| it.keys.contains(&hasher().hash(&phone)))
    };
    owner
        .import("a.vcf", cards(&["FN:Mia Lang\nTEL:0171 1234567"]))
        .await;
    assert!(!told());
    fixture
        .tell_region(owner.id, 3, &["owner@example.net"], Some("DE"))
        .await;
    eventually("the number is read with its country", async || {
        told().then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_number_is_shown_once_and_a_picture_that_is_not_is_told() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let first = owner
        .import("a.vcf", greta("FN:Greta Holm\nTEL:+46 70 123 45 67"))
        .await;
    let id = person_of(&owner, &first).await;
    let picture =
        "FN:Greta Holm\nTEL:070-123 45 67\nPHOTO;ENCODING=b;TYPE=GIF:R0lGODlhAQABAAAAACw=";
    let second = owner.import("b.vcf", greta(picture)).await;
    let person = owner.get(&format!("/people/{id}")).await;
    assert_eq!(values(&person, "phone", false), ["070-123 45 67"]);
    assert_eq!(values(&person, "phone", true), Vec::<String>::new());
    let line = &owner.receipt(&second).await[0];
    let reason = line["reason"].as_str().unwrap();
    assert!(
        reason.contains("its picture (1 kB) is kept with the record"),
        "{line}"
    );
}

#[tokio::test]
async fn what_the_owner_says_outlives_joins_and_joins_outlive_it() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner
        .import(
            "a.vcf",
            cards(&[
                "FN:Ada Lovelace\nEMAIL:ada@example.com",
                "FN:Mia Lang\nEMAIL:mia@example.com",
            ]),
        )
        .await;
    let receipt = owner.receipt(&import).await;
    let id = |at: usize| receipt[at]["person_id"].as_str().unwrap().to_owned();
    let (older, newer) = (id(0), id(1));
    let patch = async |id: &str, body: Value| {
        let path = format!("/api/v1/people/{id}");
        owner.client.patch(&path, &body).await.expect_status(200);
    };
    patch(&newer, json!({"nickname": "Mimi"})).await;
    let merges = format!("/api/v1/people/{older}/merges");
    let merged = owner
        .client
        .post(&merges, &json!({"person_id": newer}))
        .await;
    merged.expect_status(200);
    patch(&older, json!({"title": "Programmer"})).await;
    let person = owner.get(&format!("/people/{older}")).await;
    assert_eq!(values(&person, "nickname", false), ["Mimi"]);
    // A list that keeps the address by which two sources are one keeps them one.
    let rows = connections(&[
        "Grace,Hopper,https://www.linkedin.com/in/grace-hopper,grace@example.org,Acme,Admiral,05 Mar 2021",
    ]);
    owner.import("Connections.csv", rows).await;
    let card = owner
        .import(
            "b.vcf",
            cards(&["FN:Grace Hopper\nEMAIL:grace@example.org"]),
        )
        .await;
    let grace = person_of(&owner, &card).await;
    patch(
        &grace,
        json!({"emails": ["grace@example.org", "g@example.org"]}),
    )
    .await;
    let person = owner.get(&format!("/people/{grace}")).await;
    assert_eq!(person["merged"].as_array().unwrap().len(), 1, "{person}");
}

/// A letter in a mailbox.
fn letter(id: u8, from: &str, to: &str) -> String {
    format!(
        "From x@y Mon Jan 05 10:00:00 2026\nFrom: {from}\nTo: {to}\n\
         Date: Mon, {:02} Jan 2026 10:00:00 +0000\nMessage-ID: <m{id}@x>\n\nhello\n\n",
        id + 4
    )
}

#[tokio::test]
async fn a_name_is_learnt_from_whoever_says_more_of_the_same() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let me = "owner@example.net";
    let letters = [
        letter(1, me, "Ada <ada@example.com>"),
        letter(2, "Bob Miller <ada@example.com>", me),
        letter(3, "Ada Lovelace <ada@example.com>", me),
    ];
    let first = owner.import("Mail.mbox", letters.concat()).await;
    let id = person_of(&owner, &first).await;
    let person = owner.get(&format!("/people/{id}")).await;
    assert_eq!(values(&person, "name", false), ["Ada Lovelace"]);
    assert_eq!(values(&person, "name", true), ["Ada"]);
    // Several letters of one who is named in full already change nothing.
    let more = [
        letter(4, "Ada Lovelace <ada@example.com>", me),
        letter(5, "Ada King Lovelace <ada@example.com>", me),
        letter(6, "Ada King Lovelace <ada@example.com>", me),
    ];
    let second = owner.import("More.mbox", more.concat()).await;
    assert_eq!(second["counts"]["updated"], 3, "{second}");
}
