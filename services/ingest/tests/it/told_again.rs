//! Everything is told again as it was told last, and makes an empty store hold the same.

use kith_shared::{
    events::{
        ingest::{InteractionsChanged, PersonChanged},
        users::{AccountChanged, ErasureRequested},
    },
    ids::AccountId,
};
use serde_json::{Value, json};
use skeleton_durable::{
    Envelope, Event,
    contract::reconcile::{held, reconcile_suite, told_again},
};

use crate::{
    mail::{ME, mbox},
    support::{ADA, Fixture, GRACE, connections, eventually},
};

/// Two books: one with people, mail and a merge that ended a pair; one small.
async fn populated() -> Fixture {
    let fixture = Fixture::start().await;
    let owner = fixture.account(ME).await;
    let people = owner
        .import("Connections.csv", connections(&[ADA, GRACE]))
        .await;
    let mails = mbox(&[
        (1, ME, &["Ada Lovelace <ada@example.com>"]),
        (2, "Ada Lovelace <ada@example.com>", &[ME]),
        (3, ME, &["ada@example.com", "grace@example.org"]),
        (4, ME, &["Mary <mary@example.com>", "ada@example.com"]),
    ]);
    owner.import("Mail.mbox", &mails).await;
    let other = fixture.account("other@example.net").await;
    other.import("Connections.csv", connections(&[GRACE])).await;
    let receipt = owner.receipt(&people).await;
    let id = |index: usize| receipt[index]["person_id"].as_str().unwrap().to_owned();
    owner
        .client
        .post(
            &format!("/api/v1/people/{}/merges", id(0)),
            &json!({"person_id": id(1)}),
        )
        .await
        .expect_status(200);
    // The merge ends the pair of the two, which is told apart from any import.
    eventually("an ended pair is told", async || {
        let pairs = fixture.heard::<InteractionsChanged>();
        pairs
            .iter()
            .any(|(_, pair)| pair.version > 1 && pair.buckets.is_empty())
            .then_some(())
    })
    .await;
    fixture
}

fn heard<E: Event>(fixture: &Fixture) -> Vec<Envelope> {
    let events = fixture.heard::<E>().into_iter();
    events.map(|(envelope, _)| envelope).collect()
}

#[tokio::test]
async fn what_is_told_again_makes_an_empty_store_hold_the_same() {
    let fixture = populated().await;
    let (current, holdings) = fixture.told_again_and_held();
    for kind in current.kinds() {
        reconcile_suite(current.as_ref(), holdings.as_ref(), kind).await;
    }
}

#[tokio::test]
async fn what_is_told_again_is_what_was_told_last() {
    let fixture = populated().await;
    let (current, holdings) = fixture.told_again_and_held();
    for (kind, heard) in [
        (PersonChanged::TYPE, heard::<PersonChanged> as fn(&_) -> _),
        (InteractionsChanged::TYPE, heard::<InteractionsChanged>),
    ] {
        let digests = holdings.digests(kind).await.unwrap();
        eventually("all was told", async || {
            (held(&heard(&fixture)) == digests).then_some(())
        })
        .await;
        let before: Vec<Envelope> = heard(&fixture);
        for event in told_again(current.as_ref(), kind, 2).await {
            let same = |it: &&Envelope| {
                (&it.subject, it.subject_version) == (&event.subject, event.subject_version)
            };
            let first = before.iter().find(same).unwrap();
            let data = |it: &Envelope| serde_json::from_str::<Value>(it.data.get()).unwrap();
            assert_eq!(data(first), data(&event));
            assert_eq!(first.account, event.account);
            assert_ne!(first.id, event.id, "it is another event");
            assert_ne!(
                first.correlation_id, event.correlation_id,
                "no import is waiting for it"
            );
        }
    }
}

#[tokio::test]
async fn of_accounts_it_holds_what_users_told() {
    let fixture = Fixture::start().await;
    let (_, holdings) = fixture.told_again_and_held();
    let (ada, grace) = (AccountId::generate(), AccountId::generate());
    let told = [(ada, 1), (grace, 1), (grace, 3), (ada, 2), (grace, 2)];
    for (id, version) in told {
        fixture.tell_account(id, version, &["a@example.net"]).await;
    }
    let erased = ErasureRequested {
        account_id: ada,
        version: 3,
    };
    fixture.publish(&erased).await;
    let expected = |kind: &str, id: AccountId, version: i64| {
        let mut digests = skeleton_durable::reconcile::Digests::new();
        let digest = digests.entry(id.0).or_default();
        digest.add(&id.to_string(), version);
        (kind.to_owned(), digests)
    };
    for (kind, digests) in [
        expected(ErasureRequested::TYPE, ada, 3),
        expected(AccountChanged::TYPE, grace, 3),
    ] {
        eventually(&kind, async || {
            (holdings.digests(&kind).await.unwrap() == digests).then_some(())
        })
        .await;
    }
}
