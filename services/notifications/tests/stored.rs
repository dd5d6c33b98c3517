//! What is stored, or told, and cannot be read or comes from a later version.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use kith_notifications::wiring::{self, Settings};
use kith_shared::{
    events::{
        ingest::ImportChanged,
        users::{CircleChanged, InvitationChanged},
    },
    ids::AccountId,
};
use serde_json::{Value, json};
use skeleton_durable::{
    Cause, Envelope, Event,
    bus::{Bus, in_process::InProcessBus},
    clock::VirtualClock,
    contract::{eventually, sqlite::meddle},
    inbox::Inbox,
};
use skeleton_host::{
    shutdown::Shutdown,
    testing::{TestClient, verifier_for},
};
use skeleton_service::Context;
use uuid::Uuid;

struct World {
    client: TestClient,
    bus: Arc<InProcessBus>,
    clock: VirtualClock,
    inbox: Arc<dyn Inbox>,
    file: PathBuf,
    _data: tempfile::TempDir,
}

async fn world() -> World {
    let data = tempfile::tempdir().unwrap();
    let (tokens, signer) = verifier_for(wiring::NAME);
    let shutdown = Shutdown::new();
    let bus = Arc::new(InProcessBus::default());
    let clock = VirtualClock::at("2026-11-22T08:00:00Z".parse().unwrap());
    let context = Context {
        data: data.path().to_owned(),
        bus: bus.clone(),
        clock: Arc::new(clock.clone()),
        tokens,
        shutdown: shutdown.clone(),
    };
    let settings = Settings::local(data.path().join("mail"), "https://kith.example.com");
    let mut service = wiring::standalone(&context, settings).await.unwrap();
    service.start(&shutdown);
    World {
        client: TestClient::new(service.routes, signer, wiring::NAME),
        bus,
        clock,
        inbox: service.operations.inbox.unwrap(),
        file: data.path().join(wiring::NAME).join("notifications.sqlite"),
        _data: data,
    }
}

impl World {
    /// Tells of `event` with data as a later version writes it.
    async fn tell<E: Event>(&self, event: &E, later: impl Fn(&mut Value)) {
        let mut envelope = Envelope::seal(event, Timestamp::UNIX_EPOCH, &Cause::default());
        let mut data = serde_json::to_value(event).unwrap();
        later(&mut data);
        envelope.data = serde_json::value::to_raw_value(&data).unwrap();
        self.bus.publish(&[envelope]).await.unwrap();
    }

    async fn titles(&self, of: AccountId) -> Vec<String> {
        let list: Value = self
            .client
            .as_account(of.0)
            .get("/api/v1/notifications")
            .await
            .expect_status(200)
            .json();
        let items = list["items"].as_array().unwrap().iter();
        items
            .map(|item| item["title"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_that_cannot_be_read_keeps_no_other_from_falling_due() {
    let world = world().await;
    let me = AccountId(Uuid::now_v7());
    let ada = world.client.as_account(me.0);
    for (note, due_at) in [
        ("damaged", "2026-11-22T09:00:00Z"),
        ("call", "2026-11-22T09:00:01Z"),
    ] {
        let body = json!({"note": note, "due_at": due_at});
        ada.post("/api/v1/reminders", &body)
            .await
            .expect_status(201);
    }
    let damage = "UPDATE reminder SET created_at = 9223372036854775807 WHERE note = 'damaged'";
    assert_eq!(meddle(&world.file, damage).await, 1);
    eventually("the other falls due", async || {
        world.clock.advance(Duration::from_secs(3600));
        world.titles(me).await == ["call"]
    })
    .await;
    let list = ada.get("/api/v1/reminders").await;
    list.expect_status(500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_of_a_kind_of_a_later_version_is_passed_on_as_it_is() {
    let world = world().await;
    let me = AccountId(Uuid::now_v7());
    let ada = world.client.as_account(me.0);
    let body = json!({"note": "call", "due_at": "2026-11-22T08:00:01Z"});
    ada.post("/api/v1/reminders", &body)
        .await
        .expect_status(201);
    eventually("it is told", async || {
        world.clock.advance(Duration::from_secs(60));
        world.titles(me).await == ["call"]
    })
    .await;
    let later = "UPDATE notification SET kind = 'moon_landing'";
    assert_eq!(meddle(&world.file, later).await, 1);
    let list: Value = ada.get("/api/v1/notifications").await.json();
    let item = &list["items"][0];
    assert_eq!(item["kind"], "moon_landing");
    let path = format!("/api/v1/notifications/{}", item["id"].as_str().unwrap());
    ada.patch(&path, &json!({"read": true}))
        .await
        .expect_status(200);
    let list: Value = ada.get("/api/v1/notifications").await.json();
    assert_eq!(
        list["items"][0]["kind"], "moon_landing",
        "also once it was written again"
    );
    let later = "UPDATE reminder SET status = 'snoozed'";
    assert_eq!(meddle(&world.file, later).await, 1);
    ada.get("/api/v1/reminders").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_with_values_of_a_later_version_are_taken_in() {
    let world = world().await;
    let (old, new) = (AccountId(Uuid::now_v7()), AccountId(Uuid::now_v7()));
    let id = Uuid::now_v7();
    let member = |account: AccountId, name: &str, since: &str| json!({"account_id": account, "display_name": name, "since": since, "sharing": "name"});
    let circle = |version: i64, members: &[Value]| -> CircleChanged {
        let circle = json!({
            "circle_id": id, "version": version, "name": "Alumni", "members": members,
        });
        serde_json::from_value(circle).unwrap()
    };
    let (first, second) = (
        member(old, "Ada", "2026-01-01T00:00:00Z"),
        member(new, "Bo", "2026-02-01T00:00:00Z"),
    );
    let later = |data: &mut Value| {
        data["members"][0]["sharing"] = "everything".into();
        data["members"][0]["exceptions"] = json!([{"organisation": "Acme", "sharing": "hidden"}]);
    };
    world
        .tell(&circle(1, std::slice::from_ref(&first)), later)
        .await;
    let import = json!({
        "import_id": Uuid::now_v7(), "account_id": old, "version": 1, "file_name": "a.csv",
        "status": "queued", "records": 0, "people": 0, "problem": null,
    });
    let import: ImportChanged = serde_json::from_value(import).unwrap();
    let paused = |data: &mut Value| data["status"] = "paused".into();
    world.tell(&import, paused).await;
    let invitation = json!({
        "invitation_id": Uuid::now_v7(), "version": 2, "circle_id": id, "circle_name": "Alumni",
        "invited_by": old, "invited_by_name": "Ada", "invited": new, "status": "pending",
    });
    let invitation: InvitationChanged = serde_json::from_value(invitation).unwrap();
    let on_hold = |data: &mut Value| data["status"] = "on_hold".into();
    world.tell(&invitation, on_hold).await;
    world.tell(&circle(2, &[first, second]), later).await;
    eventually("the newcomer is told of", async || {
        world.titles(old).await == ["Bo joined \u{201c}Alumni\u{201d}"]
    })
    .await;
    assert_eq!(world.inbox.count_parked().await.unwrap(), 0);
    assert!(
        world.titles(new).await.is_empty(),
        "nothing waits for an answer"
    );
}
