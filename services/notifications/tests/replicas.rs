//! Several replicas on one PostgreSQL database.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::{path::Path, sync::Arc, time::Duration};

use jiff::Timestamp;
use kith_notifications::wiring::{self, Settings};
use kith_shared::{events::users::AccountChanged, ids::AccountId};
use serde_json::{Value, json};
use skeleton_durable::{
    Cause, Envelope,
    bus::{Bus, in_process::InProcessBus},
    clock::VirtualClock,
    contract::{database::Database, eventually},
};
use skeleton_host::{
    shutdown::Shutdown,
    testing::{TestClient, verifier_for},
};
use skeleton_service::Context;

struct Replica {
    client: TestClient,
    bus: Arc<InProcessBus>,
}

/// It writes mail into a folder of its own.
async fn replica(database: &Database, data: &Path, clock: &VirtualClock) -> Replica {
    let (tokens, signer) = verifier_for(wiring::NAME);
    let (shutdown, bus) = (Shutdown::new(), Arc::new(InProcessBus::default()));
    let context = Context {
        data: data.to_owned(),
        bus: bus.clone(),
        clock: Arc::new(clock.clone()),
        tokens,
        shutdown: shutdown.clone(),
    };
    let settings = Settings::local(data.join("mail"), "https://kith.example.com");
    let mut service = wiring::distributed(&context, settings, &database.settings(4))
        .await
        .unwrap();
    service.start(&shutdown);
    Replica {
        client: TestClient::new(service.routes, signer, wiring::NAME),
        bus,
    }
}

fn letters(data: &Path) -> usize {
    std::fs::read_dir(data.join("mail")).map_or(0, |files| {
        let names = files.map(|file| file.unwrap().path());
        names
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .count()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn reminders_of_two_replicas_are_told_and_mailed_once() {
    let database = Database::fresh("notifications").await;
    let (one_data, two_data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let clock = VirtualClock::at("2026-11-22T08:00:00Z".parse().unwrap());
    let one = replica(&database, one_data.path(), &clock).await;
    let two = replica(&database, two_data.path(), &clock).await;
    let mut store = database.connect().await;
    let me = AccountId::generate();
    let account = AccountChanged {
        account_id: me,
        version: 1,
        display_name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        region: None,
        addresses: Vec::new(),
    };
    let account = Envelope::seal(&account, Timestamp::UNIX_EPOCH, &Cause::default());
    one.bus.publish(&[account]).await.unwrap();
    eventually("the account is known", async || {
        let known: i64 = sqlx::query_scalar("SELECT count(*) FROM account")
            .fetch_one(&mut store)
            .await
            .unwrap();
        known == 1
    })
    .await;
    let (ada, at_two) = (one.client.as_account(me.0), two.client.as_account(me.0));
    ada.patch("/api/v1/preferences", &json!({"reminder_mail": true}))
        .await
        .expect_status(200);
    for n in 0..40 {
        let due: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let body = json!({"note": format!("call {n}"), "due_at": due});
        let client = if n % 2 == 0 { &ada } else { &at_two };
        client
            .post("/api/v1/reminders", &body)
            .await
            .expect_status(201);
    }
    let mut rounds = 0;
    eventually("every letter left", async || {
        // The clock that both sleep on, each step long enough to wake both; the first makes the
        // reminders due.
        let step = if rounds == 0 { 3600 } else { 30 };
        clock.advance(Duration::from_secs(step));
        rounds += 1;
        let waiting: i64 = sqlx::query_scalar("SELECT count(*) FROM mail")
            .fetch_one(&mut store)
            .await
            .unwrap();
        waiting == 0 && letters(one_data.path()) + letters(two_data.path()) >= 40
    })
    .await;
    let told: Value = ada.get("/api/v1/notifications?limit=100").await.json();
    assert_eq!(told["unread"], 40);
    let (by_one, by_two) = (letters(one_data.path()), letters(two_data.path()));
    assert_eq!(by_one + by_two, 40, "{by_one} and {by_two}");
}
