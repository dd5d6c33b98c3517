//! Bringing mail.

use std::fmt::Write as _;

use kith_shared::events::{
    ingest::{GroupSize, InteractionsChanged, PersonChanged},
    users::{SamplePersona, SampleRequested},
};
use kith_shared::ids::{AccountId, CircleId};
use serde_json::Value;

use crate::support::{Fixture, Owner, eventually};

pub(crate) const ME: &str = "owner@example.net";

/// Day of June 2025, from, to.
pub(crate) fn mbox(mails: &[(u32, &str, &[&str])]) -> String {
    let mut text = String::new();
    for (n, (day, from, to)) in mails.iter().enumerate() {
        let to: Vec<String> = to.iter().map(|it| it.to_string()).collect();
        let bare = from.rsplit('<').next().unwrap().trim_end_matches('>');
        write!(
            text,
            "From {bare} Sun Jun {day:02} 10:00:00 2025\nMessage-ID: <{n}-{day}@example.net>\n\
             Date: {day} Jun 2025 10:00:00 +0000\nFrom: {from}\nTo: {}\nSubject: secret\n\nbody\n\n",
            to.join(", ")
        )
        .unwrap();
    }
    text
}

async fn pairs(fixture: &Fixture, import: &Value) -> Vec<InteractionsChanged> {
    let id = import["id"].as_str().unwrap().to_owned();
    eventually("everything is published", async || {
        let told = fixture.heard::<kith_shared::events::ingest::ImportChanged>();
        let told = told
            .iter()
            .find(|(_, it)| it.import_id.to_string() == id && !it.published.is_empty())?;
        let all = fixture.heard::<InteractionsChanged>();
        let of: Vec<_> = all
            .into_iter()
            .filter(|(it, _)| it.correlation_id.to_string() == id)
            .collect();
        (of.len() as u64 == told.1.published["ingest.interactions-changed"]).then_some(of)
    })
    .await
    .into_iter()
    .map(|(_, it)| it)
    .collect()
}

async fn person_named(owner: &Owner, import: &Value, name: &str) -> Value {
    let receipt = owner.receipt(import).await;
    let line = receipt
        .iter()
        .find(|it| it["label"] == name && it["person_id"].is_string())
        .unwrap();
    owner
        .get(&format!("/people/{}", line["person_id"].as_str().unwrap()))
        .await
}

#[tokio::test]
async fn those_i_wrote_to_become_people_with_our_mail_counted() {
    let fixture = Fixture::start().await;
    let owner = fixture.account(ME).await;
    let mails = mbox(&[
        (1, ME, &["Ada Lovelace <ada@example.com>"]),
        (2, "Ada Lovelace <ADA@example.com>", &[ME]),
        (3, "Once <once@example.com>", &[ME]),
        (4, "noreply@example.com", &[ME]),
        (5, "x@example.com", &["y@example.com"]),
    ]);
    let import = owner.import("Mail.mbox", &mails).await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    assert_eq!(import["counts"]["updated"], 1, "{import}");
    assert_eq!(import["counts"]["left_out"], 3, "{import}");
    let receipt = owner.receipt(&import).await;
    assert!(
        receipt[2]["reason"]
            .as_str()
            .unwrap()
            .contains("once@example.com"),
        "{}",
        receipt[2]
    );
    assert!(
        receipt[4]["reason"]
            .as_str()
            .unwrap()
            .contains("none of your addresses")
    );
    let ada = person_named(&owner, &import, "Ada Lovelace").await;
    assert_eq!(ada["fields"][1]["value"], "ada@example.com");

    let pairs = pairs(&fixture, &import).await;
    assert_eq!(pairs.len(), 1);
    assert_eq!(pairs[0].other_id, None);
    let bucket = &pairs[0].buckets[0];
    assert_eq!(
        (bucket.sent, bucket.received, bucket.group_size),
        (1, 1, GroupSize::Pair)
    );
    assert_eq!(bucket.month.to_string(), "2025-06-01");
    assert_eq!(bucket.last_at.to_string(), "2025-06-02T10:00:00Z");
    for (_, person) in fixture.heard::<PersonChanged>() {
        assert!(person.connections.is_empty(), "mail is no address book");
    }
}

#[tokio::test]
async fn a_message_is_counted_once_whatever_file_it_comes_in() {
    let fixture = Fixture::start().await;
    let owner = fixture.account(ME).await;
    let both = mbox(&[(1, ME, &["ada@example.com"]), (2, "ada@example.com", &[ME])]);
    let first = owner.import("a.mbox", &both).await;
    assert_eq!(pairs(&fixture, &first).await.len(), 1);
    let again = owner.import("b.mbox", &both).await;
    assert_eq!(again["counts"]["unchanged"], 2, "{again}");
    assert_eq!(again["status"], "succeeded");
}

#[tokio::test]
async fn a_later_mail_makes_a_person_and_brings_the_past_along() {
    let fixture = Fixture::start().await;
    let owner = fixture.account(ME).await;
    let first = owner
        .import("a.mbox", mbox(&[(1, "Ada <ada@example.com>", &[ME])]))
        .await;
    assert_eq!(first["counts"]["left_out"], 1);
    assert_eq!(first["status"], "succeeded", "nothing was published");
    let second = owner
        .import("b.mbox", mbox(&[(9, "Ada <ada@example.com>", &[ME])]))
        .await;
    assert_eq!(second["counts"]["created"], 1, "{second}");
    let pairs = pairs(&fixture, &second).await;
    assert_eq!(pairs[0].buckets[0].received, 2);
}

#[tokio::test]
async fn small_groups_tie_people_to_each_other_and_large_ones_do_not() {
    let fixture = Fixture::start().await;
    let owner = fixture.account(ME).await;
    let crowd: Vec<String> = (0..7).map(|n| format!("p{n}@example.com")).collect();
    let mut crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    crowd.push(ME);
    let mails = mbox(&[
        (1, ME, &["ada@example.com", "bob@example.com"]),
        (2, "ada@example.com", &[ME, "bob@example.com"]),
        (3, "bob@example.com", &crowd),
    ]);
    let import = owner.import("a.mbox", mails).await;
    assert_eq!(import["counts"]["created"], 1, "{import}");
    let pairs = pairs(&fixture, &import).await;
    let between: Vec<_> = pairs.iter().filter(|it| it.other_id.is_some()).collect();
    assert_eq!(between.len(), 1);
    assert!(between[0].person_id < between[0].other_id.unwrap());
    let bucket = &between[0].buckets[0];
    assert_eq!(
        (bucket.sent + bucket.received, bucket.group_size),
        (1, GroupSize::Small)
    );
    let sizes: Vec<GroupSize> = pairs
        .iter()
        .filter(|it| it.other_id.is_none())
        .flat_map(|it| it.buckets.iter().map(|bucket| bucket.group_size))
        .collect();
    assert_eq!(
        sizes.iter().filter(|it| **it == GroupSize::Medium).count(),
        1,
        "{sizes:?}"
    );
}

#[tokio::test]
async fn merging_brings_counts_together_and_parting_gives_them_back() {
    let fixture = Fixture::start().await;
    let owner = fixture.account(ME).await;
    let mails = mbox(&[
        (1, ME, &["Ada <ada@example.com>"]),
        (2, ME, &["Ada II <ada@example.org>"]),
    ]);
    let import = owner.import("a.mbox", mails).await;
    pairs(&fixture, &import).await;
    let one = person_named(&owner, &import, "Ada").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let two = person_named(&owner, &import, "Ada II").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let newest = |id: &str| {
        let all = fixture
            .heard::<InteractionsChanged>()
            .into_iter()
            .map(|(_, it)| it);
        let of = all.filter(|it| it.person_id.to_string() == id && it.other_id.is_none());
        let newest = of.max_by_key(|it| it.version).unwrap();
        newest.buckets.iter().map(|bucket| bucket.sent).sum::<u32>()
    };
    let path = format!("/api/v1/people/{one}/merges");
    let merged: Value = owner
        .client
        .post(&path, &serde_json::json!({"person_id": two}))
        .await
        .json();
    eventually("one has both", async || {
        (newest(&one) == 2 && newest(&two) == 0).then_some(())
    })
    .await;
    let merge_id = merged["merged"][0]["merge_id"].as_str().unwrap();
    owner
        .client
        .delete(&format!("{path}/{merge_id}"))
        .await
        .expect_status(200);
    eventually("each has its own", async || {
        (newest(&one) == 1 && newest(&two) == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_sample_network_is_imported_once_for_six_accounts() {
    let fixture = Fixture::start().await;
    let persona = |n: usize| SamplePersona {
        account_id: AccountId::generate(),
        display_name: format!("Sample Person {n}"),
        email: format!("person{n}@example.com"),
    };
    let request = SampleRequested {
        circle_id: CircleId::generate(),
        asker: persona(0),
        others: (1..6).map(persona).collect(),
        seed: 7,
    };
    fixture.publish(&request).await;
    for persona in std::iter::once(&request.asker).chain(&request.others) {
        let client = fixture.client.as_account(persona.account_id.0);
        let owner = Owner {
            id: persona.account_id,
            client,
        };
        let imports = eventually("both files are queued", async || {
            let imports = owner.get("/imports").await["items"]
                .as_array()
                .unwrap()
                .clone();
            (imports.len() == 2).then_some(imports)
        })
        .await;
        for import in imports {
            let import = owner.read(import["id"].as_str().unwrap()).await;
            assert_ne!(import["status"], "failed", "{import}");
            let counts = &import["counts"];
            let taken = counts["created"].as_u64().unwrap() + counts["updated"].as_u64().unwrap();
            assert!(taken > 100, "{import}");
        }
    }
}
