//! The owner cancels an import.

use kith_shared::{
    events::{
        ingest::{ImportChanged, ImportStatus, InteractionsChanged, PersonChanged},
        users::ErasureRequested,
    },
    ids::{AccountId, ImportId},
};
use serde_json::Value;
use skeleton_host::testing::{TestResponse, assert_problem};
use uuid::Uuid;

use crate::{
    mail::{ME, mbox},
    support::{ADA, Fixture, GRACE, Owner, connections, eventually, numbered},
};

async fn cancel(owner: &Owner, import: &str) -> TestResponse {
    owner
        .client
        .delete(&format!("/api/v1/imports/{import}"))
        .await
}

/// Waits until some of a file was read.
async fn gets_on(owner: &Owner, import: &str) {
    eventually("it gets on", async || {
        let now = owner.get(&format!("/imports/{import}")).await;
        (now["counts"]["records"].as_u64() > Some(0)).then_some(())
    })
    .await;
}

/// The last that was told of an import.
async fn told(fixture: &Fixture, import: &str, version: i64) -> ImportChanged {
    let id: ImportId = import.parse().unwrap();
    eventually("it is told", async || {
        let heard = fixture.heard::<ImportChanged>().into_iter();
        let mut of = heard.map(|(_, it)| it).filter(|it| it.import_id == id);
        of.find(|it| it.version >= version && it.cancelled)
    })
    .await
}

#[tokio::test]
async fn one_that_waits_never_runs_and_its_file_goes() {
    let fixture = Fixture::start().await;
    // Nobody has told of the account yet, so its imports wait.
    let id = AccountId::generate();
    let client = fixture.client.as_account(id.0);
    let owner = Owner { id, client };
    let import = owner.bring("a.csv", connections(&[ADA])).await;
    assert_eq!(fixture.ground.files().await, 1);
    cancel(&owner, &import).await.expect_status(204);
    let cancelled = owner.get(&format!("/imports/{import}")).await;
    assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
    assert!(cancelled["stage"].is_null() && cancelled["problem"].is_null());
    assert!(cancelled["finished_at"].is_string());
    assert_eq!(fixture.ground.files().await, 0);
    cancel(&owner, &import).await.expect_status(204);
    let again = owner.get(&format!("/imports/{import}")).await;
    assert_eq!(again["finished_at"], cancelled["finished_at"]);

    let told = told(&fixture, &import, 2).await;
    assert_eq!(
        told.status,
        ImportStatus::Failed,
        "as the version before knows it"
    );
    assert!(told.problem.unwrap().contains("cancelled"));
    fixture.tell_account(id, 1, &["owner@example.net"]).await;
    let next = owner.import("b.csv", connections(&[GRACE])).await;
    assert_eq!(next["counts"]["created"], 1, "{next}");
    let names: Vec<String> = fixture
        .heard::<PersonChanged>()
        .into_iter()
        .map(|(_, it)| it.display_name)
        .collect();
    assert!(!names.contains(&"Ada Lovelace".to_owned()), "{names:?}");
}

#[tokio::test]
async fn one_that_runs_stops_and_what_was_read_stays() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner.bring("a.csv", numbered(0, 20_000)).await;
    gets_on(&owner, &import).await;
    cancel(&owner, &import).await.expect_status(204);
    let cancelled = owner.get(&format!("/imports/{import}")).await;
    assert_eq!(cancelled["status"], "cancelled", "{cancelled}");
    let records = cancelled["counts"]["records"].as_u64().unwrap();
    assert!(records < 20_000, "{cancelled}");
    // The next of the account has its turn, so nothing of the first goes on.
    let next = owner.import("b.csv", connections(&[GRACE])).await;
    assert_eq!(next["counts"]["created"], 1, "{next}");
    assert_eq!(owner.get(&format!("/imports/{import}")).await, cancelled);
    let first = owner.receipt(&cancelled).await;
    let person = first[0]["person_id"].as_str().unwrap();
    let person = owner.get(&format!("/people/{person}")).await;
    assert_eq!(person["display_name"], "Ada No0");
    eventually("its file is gone", async || {
        (fixture.ground.files().await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn letters_that_were_counted_by_then_are_published() {
    let fixture = Fixture::start().await;
    let owner = fixture.account(ME).await;
    let to = ["ada@example.com"];
    let mails: Vec<(u32, &str, &[&str])> = (0..20_000).map(|n| (n % 28 + 1, ME, &to[..])).collect();
    let import = owner.bring("a.mbox", mbox(&mails)).await;
    gets_on(&owner, &import).await;
    cancel(&owner, &import).await.expect_status(204);
    let counts = owner.get(&format!("/imports/{import}")).await;
    let counted = counts["counts"]["records"].as_u64().unwrap();
    assert!(counted < 20_000, "{counts}");
    eventually("all that were counted", async || {
        let heard = fixture.heard::<InteractionsChanged>();
        let (_, last) = heard.iter().max_by_key(|(_, it)| it.version)?;
        let sent: u32 = last.buckets.iter().map(|bucket| bucket.sent).sum();
        (u64::from(sent) == counted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn one_that_is_applied_ends_cancelled_whatever_is_applied_later() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner.import("a.csv", connections(&[ADA])).await;
    assert_eq!(import["stage"], "applying");
    let id = import["id"].as_str().unwrap();
    cancel(&owner, id).await.expect_status(204);
    fixture.apply(id.parse().unwrap(), owner.id).await;
    // What is queued behind it was handled when this has ended.
    let second = owner.import("b.csv", connections(&[GRACE])).await;
    let second: ImportId = second["id"].as_str().unwrap().parse().unwrap();
    fixture.apply(second, owner.id).await;
    eventually("the second has succeeded", async || {
        let second = owner.get(&format!("/imports/{second}")).await;
        (second["status"] == "succeeded").then_some(())
    })
    .await;
    let cancelled = owner.get(&format!("/imports/{id}")).await;
    assert_eq!(cancelled["status"], "cancelled");
}

#[tokio::test]
async fn one_that_has_ended_is_a_conflict_and_another_accounts_is_not_found() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    owner.import("a.csv", connections(&[ADA])).await;
    let succeeded = owner.import("b.csv", connections(&[ADA])).await;
    let failed = owner.import("c.zip", b"PK\x03\x04 no archive").await;
    for (import, status) in [(&succeeded, "succeeded"), (&failed, "failed")] {
        assert_eq!(import["status"], status);
        let id = import["id"].as_str().unwrap();
        let detail = assert_problem(&cancel(&owner, id).await, "conflict").detail;
        assert!(detail.unwrap().contains("expected one that waits or runs"));
        assert_eq!(&owner.get(&format!("/imports/{id}")).await, import);
    }
    let id = AccountId::generate();
    let client = fixture.client.as_account(id.0);
    let waiting = Owner { id, client }
        .bring("a.csv", connections(&[ADA]))
        .await;
    let stranger = fixture.account("stranger@example.net").await;
    for import in [&waiting, &Uuid::now_v7().to_string()] {
        assert_problem(&cancel(&stranger, import).await, "not-found");
    }
    let client = fixture.client.as_account(id.0);
    let unchanged: Value = client
        .get(&format!("/api/v1/imports/{waiting}"))
        .await
        .json();
    assert_eq!(unchanged["status"], "queued");
}

#[tokio::test]
async fn of_cancelling_and_the_last_batch_exactly_one_wins() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    owner.import("a.csv", connections(&[ADA])).await;
    let mut won = 0;
    for pause in 0..20_u32 {
        // Nothing new is in it, so it succeeds with its last batch.
        let import = owner.bring("b.csv", connections(&[ADA])).await;
        for _ in 0..pause * 10 {
            tokio::task::yield_now().await;
        }
        let answer = cancel(&owner, &import).await;
        let read = owner.read(&import).await;
        let expected = match answer.status.as_u16() {
            204 => "cancelled",
            409 => "succeeded",
            other => panic!("{other}: {}", answer.text()),
        };
        assert_eq!(read["status"], expected);
        won += u32::from(expected == "cancelled");
        assert_eq!(cancel(&owner, &import).await.status, answer.status);
        let id: ImportId = import.parse().unwrap();
        let ends = eventually("its end is told", async || {
            let heard = fixture.heard::<ImportChanged>().into_iter();
            let of = heard.map(|(_, it)| it).filter(|it| it.import_id == id);
            let ended = |it: &ImportChanged| {
                matches!(it.status, ImportStatus::Succeeded | ImportStatus::Failed)
            };
            let ends: Vec<ImportChanged> = of.filter(ended).collect();
            (!ends.is_empty()).then_some(ends)
        })
        .await;
        assert_eq!(ends.len(), 1, "{ends:?}");
        assert_eq!(ends[0].cancelled, expected == "cancelled");
    }
    assert!(won > 0, "cancelling never came first");
}

#[tokio::test]
async fn one_that_was_cancelled_stays_so_over_a_restart() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner.bring("a.csv", numbered(0, 20_000)).await;
    gets_on(&owner, &import).await;
    cancel(&owner, &import).await.expect_status(204);
    let before = owner.get(&format!("/imports/{import}")).await;
    let ground = fixture.stop().await;
    let fixture = Fixture::start_on(ground, |_| {}).await;
    let owner = Owner {
        id: owner.id,
        client: fixture.client.as_account(owner.id.0),
    };
    let next = owner.import("b.csv", connections(&[GRACE])).await;
    assert_eq!(next["counts"]["created"], 1, "{next}");
    assert_eq!(owner.get(&format!("/imports/{import}")).await, before);
}

#[tokio::test]
async fn an_account_that_is_erased_takes_its_running_import_along() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let import = owner.bring("a.csv", numbered(0, 20_000)).await;
    gets_on(&owner, &import).await;
    let erased = ErasureRequested {
        account_id: owner.id,
        version: 2,
    };
    fixture.publish(&erased).await;
    eventually("it is gone, and so is its file", async || {
        let answer = owner.client.get(&format!("/api/v1/imports/{import}")).await;
        let gone = answer.status.as_u16() == 404;
        (gone && fixture.ground.files().await == 0).then_some(())
    })
    .await;
    assert_problem(&cancel(&owner, &import).await, "not-found");
}
