//! The service at its border: its API, its clock and its events, on an embedded store.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use jiff::Timestamp;
use kith_notifications::wiring::{self, Settings};
use kith_shared::{
    events::{
        ingest::{ImportChanged, ImportStatus},
        notifications::NotificationChanged,
        users::{
            AccountChanged, CircleChanged, CircleMember, ErasureRequested, InvitationChanged,
            InvitationStatus,
        },
    },
    ids::{AccountId, CircleId, ImportId, InvitationId},
    sharing::Sharing,
};
use serde_json::{Value, json};
use skeleton_durable::{
    Cause, Envelope, Event,
    bus::{Bus, Tap, Tapped, in_process::InProcessBus},
    clock::VirtualClock,
    contract::{eventually, reconcile::held},
    reconcile::Holdings,
};
use skeleton_host::{
    http::Method,
    shutdown::Shutdown,
    testing::{TestClient, assert_problem, verifier_for},
};
use skeleton_service::Context;
use uuid::Uuid;

const REMINDERS: &str = "/api/v1/reminders";
const NOTIFICATIONS: &str = "/api/v1/notifications";
const START: i64 = 1_795_334_400; // 2026-11-22T08:00:00Z

struct World {
    client: TestClient,
    bus: Arc<InProcessBus>,
    clock: VirtualClock,
    tap: Tap,
    holdings: Arc<dyn Holdings>,
}

impl World {
    async fn open(data: &Path, start: i64) -> Self {
        let (tokens, signer) = verifier_for(wiring::NAME);
        let shutdown = Shutdown::new();
        let bus = Arc::new(InProcessBus::default());
        let clock = VirtualClock::at(Timestamp::from_second(start).unwrap());
        let tap = bus.tap();
        let context = Context {
            data: data.to_owned(),
            bus: bus.clone(),
            clock: Arc::new(clock.clone()),
            tokens,
            shutdown: shutdown.clone(),
        };
        let settings = Settings::local(data.join("mail"), "https://kith.example.com");
        let mut service = wiring::standalone(&context, settings).await.unwrap();
        service.start(&shutdown);
        let client = TestClient::new(service.routes, signer, wiring::NAME);
        Self {
            client,
            bus,
            clock,
            tap,
            holdings: service.operations.holdings.unwrap(),
        }
    }

    async fn tell<E: Event>(&self, event: &E) {
        self.bus.publish(&[sealed(event)]).await.unwrap();
    }

    async fn notifications(&self, of: AccountId) -> Value {
        self.client
            .as_account(of.0)
            .get(NOTIFICATIONS)
            .await
            .expect_status(200)
            .json()
    }

    /// Waits until an account was told exactly these, newest first.
    async fn told(&self, of: AccountId, titles: &[&str]) -> Value {
        let mut last = json!(null);
        for _ in 0..2000 {
            last = self.notifications(of).await;
            let found: Vec<&str> = last["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["title"].as_str().unwrap())
                .collect();
            if found == titles {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("expected {titles:?}, found {last}");
    }

    /// Waits until everything published so far was handled: an import told of last is known.
    async fn settle(&self) {
        let me = AccountId::generate();
        self.tell(&import(
            me,
            ImportId::generate(),
            ImportStatus::Succeeded,
            1,
        ))
        .await;
        self.told(me, &["contacts.vcf was imported"]).await;
    }

    async fn remind(&self, me: AccountId, note: &str, seconds: i64) -> Value {
        let due_at = Timestamp::from_second(START + seconds).unwrap();
        let body = json!({"note": note, "due_at": due_at});
        self.client
            .as_account(me.0)
            .post(REMINDERS, &body)
            .await
            .expect_status(201)
            .json()
    }

    async fn reminder(&self, me: AccountId, made: &Value) -> Value {
        self.client
            .as_account(me.0)
            .get(&path_of(made))
            .await
            .expect_status(200)
            .json()
    }

    async fn next_event(&mut self) -> NotificationChanged {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.tap.next())
                .await
                .unwrap();
            if let Some(Tapped::Event(event)) = next
                && event.is::<NotificationChanged>()
            {
                return event.open().unwrap();
            }
        }
    }
}

fn sealed<E: Event>(event: &E) -> Envelope {
    Envelope::seal(event, Timestamp::UNIX_EPOCH, &Cause::default())
}

fn path_of(reminder: &Value) -> String {
    format!("{REMINDERS}/{}", reminder["id"].as_str().unwrap())
}

fn import(account: AccountId, id: ImportId, status: ImportStatus, people: u64) -> ImportChanged {
    ImportChanged {
        import_id: id,
        account_id: account,
        version: 5,
        file_name: "contacts.vcf".to_owned(),
        records: people,
        people,
        published: BTreeMap::new(),
        problem: (status == ImportStatus::Failed).then(|| "line 3 cannot be read".to_owned()),
        cancelled: false,
        status,
    }
}

fn account(id: AccountId) -> AccountChanged {
    AccountChanged {
        account_id: id,
        version: 1,
        display_name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        region: None,
        addresses: Vec::new(),
    }
}

fn member(id: AccountId, name: &str, since: i64) -> CircleMember {
    CircleMember {
        account_id: id,
        display_name: name.to_owned(),
        since: Timestamp::from_second(since).unwrap(),
        sharing: Sharing::Hidden,
        exceptions: Vec::new(),
    }
}

fn circle(id: CircleId, version: i64, members: &[CircleMember]) -> CircleChanged {
    CircleChanged {
        circle_id: id,
        version,
        name: "Alumni".to_owned(),
        members: members.to_vec(),
    }
}

#[tokio::test]
async fn it_holds_the_newest_that_was_told_of_accounts_and_circles() {
    let data = tempfile::tempdir().unwrap();
    let world = World::open(data.path(), START).await;
    let (ada, gone) = (AccountId::generate(), AccountId::generate());
    let (one, two) = (CircleId::generate(), CircleId::generate());
    let of = |id, version| {
        sealed(&AccountChanged {
            version,
            ..account(id)
        })
    };
    let circle = |id, version| sealed(&circle(id, version, &[]));
    let erased = |account_id, version| {
        sealed(&ErasureRequested {
            account_id,
            version,
        })
    };
    // Later than what is true by then, and twice.
    for event in [
        of(ada, 2),
        of(ada, 1),
        circle(one, 3),
        circle(one, 2),
        circle(two, 1),
        of(gone, 1),
        erased(gone, 3),
        of(gone, 2),
        of(ada, 2),
    ] {
        world.bus.publish(&[event]).await.unwrap();
    }
    for (kind, truth) in [
        (AccountChanged::TYPE, vec![of(ada, 2)]),
        (CircleChanged::TYPE, vec![circle(one, 3), circle(two, 1)]),
        (ErasureRequested::TYPE, vec![erased(gone, 3)]),
    ] {
        eventually(kind, || async {
            world.holdings.digests(kind).await.unwrap() == held(&truth)
        })
        .await;
    }
}

#[tokio::test]
async fn a_reminder_falls_due_when_its_time_has_come_and_is_told_once() {
    let data = tempfile::tempdir().unwrap();
    let mut world = World::open(data.path(), START).await;
    let me = AccountId::generate();
    let made = world.remind(me, " Call Ada\nabout the engine ", 3600).await;
    assert_eq!(
        (&made["status"], &made["note"]),
        (&json!("pending"), &json!("Call Ada\nabout the engine"))
    );
    world.clock.advance(Duration::from_secs(3599));
    world.settle().await;
    assert_eq!(world.reminder(me, &made).await["status"], "pending");
    world.clock.advance(Duration::from_secs(1));
    let told = world.told(me, &["Call Ada"]).await;
    assert_eq!(
        (&told["unread"], &told["items"][0]["kind"]),
        (&json!(1), &json!("reminder_due"))
    );
    assert_eq!(world.reminder(me, &made).await["status"], "due");
    while world.next_event().await.account_id != me {}
    world.clock.advance(Duration::from_secs(100_000));
    world.settle().await;
    assert_eq!(world.notifications(me).await["unread"], 1);

    // Put off, it is told again when its new time has come.
    let due_at = Timestamp::from_second(START + 200_000).unwrap();
    let ada = world.client.as_account(me.0);
    let put_off: Value = ada
        .patch(&path_of(&made), &json!({"due_at": due_at}))
        .await
        .expect_status(200)
        .json();
    assert_eq!(put_off["status"], "pending");
    world.clock.advance(Duration::from_secs(200_000));
    world.told(me, &["Call Ada", "Call Ada"]).await;
}

#[tokio::test]
async fn reminders_are_told_in_order_however_they_were_made() {
    let data = tempfile::tempdir().unwrap();
    let world = World::open(data.path(), START).await;
    let me = AccountId::generate();
    world.remind(me, "third", 30).await;
    world.remind(me, "first", 10).await;
    world.remind(me, "second", 20).await;
    world.remind(me, "at once", -5).await;
    world.told(me, &["at once"]).await;
    for (wait, titles) in [
        (10, &["first", "at once"][..]),
        (10, &["second", "first", "at once"]),
        (10, &["third", "second", "first", "at once"]),
    ] {
        world.clock.advance(Duration::from_secs(wait));
        world.told(me, titles).await;
    }
}

#[test]
fn what_fell_due_while_nobody_ran_is_told_once_at_the_next_start() {
    let data = tempfile::tempdir().unwrap();
    let me = AccountId::generate();
    let life = |work: &dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = ()>>>| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(work());
        // No goodbye: every task is gone from one moment to the next.
        runtime.shutdown_timeout(Duration::from_secs(5));
    };
    let folder = data.path();
    life(&|| {
        let folder = folder.to_owned();
        Box::pin(async move {
            let world = World::open(&folder, START).await;
            world.remind(me, "call", 60).await;
        })
    });
    for start in [START + 7200, START + 7300, START + 7400] {
        life(&|| {
            let folder = folder.to_owned();
            Box::pin(async move {
                let world = World::open(&folder, start).await;
                world.told(me, &["call"]).await;
                world.settle().await;
                assert_eq!(world.notifications(me).await["unread"], 1);
            })
        });
    }
}

#[tokio::test]
async fn reminders_are_listed_edited_and_dropped_by_their_owner_alone() {
    let data = tempfile::tempdir().unwrap();
    let world = World::open(data.path(), START).await;
    let (me, other) = (AccountId::generate(), AccountId::generate());
    let (ada, bob) = (
        world.client.as_account(me.0),
        world.client.as_account(other.0),
    );
    let made = world.remind(me, "call", 60).await;
    let path = path_of(&made);
    let edit = json!({"status": "done"});
    for answer in [
        bob.get(&path).await,
        bob.patch(&path, &edit).await,
        bob.delete(&path).await,
    ] {
        assert_problem(&answer, "not-found");
    }
    assert_problem(&world.client.get(&path).await, "unauthenticated");
    let late = ada
        .request(Method::PATCH, &path)
        .header("if-match", "\"7\"")
        .json(&edit);
    assert_problem(&late.await, "version-mismatch");
    for bad in [
        json!({"status": "due"}),
        json!({"note": " "}),
        json!({"colour": "red"}),
    ] {
        assert_problem(&ada.patch(&path, &bad).await, "validation");
    }
    let done = ada
        .request(Method::PATCH, &path)
        .header("if-match", "\"1\"")
        .json(&edit)
        .await;
    assert_eq!(done.expect_status(200).header("etag"), "\"2\"");
    world.remind(me, "write", 120).await;
    let list = |query: &'static str| {
        let ada = ada.clone();
        async move {
            ada.get(&format!("{REMINDERS}{query}"))
                .await
                .expect_status(200)
                .json::<Value>()
        }
    };
    assert_eq!(list("").await["items"].as_array().unwrap().len(), 2);
    assert_eq!(list("?status=pending").await["items"][0]["note"], "write");
    assert_eq!(list("?status=due").await["items"], json!([]));
    let first = list("?limit=1").await;
    let next = format!(
        "{REMINDERS}?limit=1&cursor={}",
        first["next"].as_str().unwrap()
    );
    let second: Value = ada.get(&next).await.json();
    assert_eq!(
        (&second["items"][0]["note"], &second["next"]),
        (&json!("write"), &Value::Null)
    );
    assert_problem(
        &ada.get(&format!("{REMINDERS}?status=x")).await,
        "validation",
    );
    ada.delete(&path).await.expect_status(204);
    assert_problem(&ada.get(&path).await, "not-found");
    // Done and dropped ones are never told.
    world.clock.advance(Duration::from_secs(120));
    world.told(me, &["write"]).await;
}

#[tokio::test]
async fn a_repeated_creation_gets_the_same_answer() {
    let data = tempfile::tempdir().unwrap();
    let world = World::open(data.path(), START).await;
    let ada = world.client.as_account(Uuid::now_v7());
    let post = |note: &str| {
        ada.request(Method::POST, REMINDERS)
            .header("idempotency-key", "k1")
            .json(&json!({"note": note, "due_at": "2027-01-01T00:00:00Z"}))
    };
    let first: Value = post("call").await.expect_status(201).json();
    assert_eq!(post("call").await.expect_status(201).json::<Value>(), first);
    assert_problem(&post("write").await, "validation");
    let all: Value = ada.get(REMINDERS).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_due_reminder_is_mailed_to_who_asked_for_it_in_their_own_time() {
    let data = tempfile::tempdir().unwrap();
    let world = World::open(data.path(), START).await;
    let (me, other) = (AccountId::generate(), AccountId::generate());
    for id in [me, other] {
        world.tell(&account(id)).await;
    }
    world.settle().await;
    let ada = world.client.as_account(me.0);
    assert_eq!(
        ada.get("/api/v1/preferences").await.json::<Value>(),
        json!({"reminder_mail": false})
    );
    let wanted = json!({"reminder_mail": true});
    assert_eq!(
        ada.patch("/api/v1/preferences", &wanted)
            .await
            .expect_status(200)
            .json::<Value>(),
        wanted
    );
    world.remind(me, "Call Grace", 3600).await;
    world.remind(other, "No mail", 3600).await;
    world.clock.advance(Duration::from_secs(3600));
    world.told(other, &["No mail"]).await;
    let folder = data.path().join("mail");
    let mut mails = Vec::new();
    for _ in 0..2000 {
        mails = std::fs::read_dir(&folder)
            .map(|files| files.map(|file| file.unwrap().path()).collect::<Vec<_>>())
            .unwrap_or_default();
        mails.retain(|path| path.extension().is_some_and(|end| end == "eml"));
        if !mails.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(mails.len(), 1);
    let text = std::fs::read_to_string(&mails[0]).unwrap();
    for wanted in [
        "To: ada@example.com",
        "Reminder: Call Grace",
        "10:00",
        "CET",
        "https://kith.example.com/reminders",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[tokio::test]
async fn an_import_is_told_once_when_it_ended() {
    let data = tempfile::tempdir().unwrap();
    let mut world = World::open(data.path(), START).await;
    let me = AccountId::generate();
    let (good, bad) = (ImportId::generate(), ImportId::generate());
    world
        .tell(&import(me, good, ImportStatus::Applying, 312))
        .await;
    world
        .tell(&import(me, good, ImportStatus::Succeeded, 312))
        .await;
    world
        .tell(&import(me, good, ImportStatus::Succeeded, 312))
        .await;
    world.told(me, &["contacts.vcf was imported"]).await;
    let event = world.next_event().await;
    assert_eq!(
        (event.kind.as_str(), event.version, event.read_at),
        ("import_succeeded", 1, None)
    );
    let mut cancelled_by_me = import(me, ImportId::generate(), ImportStatus::Failed, 10);
    cancelled_by_me.cancelled = true;
    world.tell(&cancelled_by_me).await;
    world.clock.advance(Duration::from_secs(1));
    world.tell(&import(me, bad, ImportStatus::Failed, 0)).await;
    let told = world
        .told(
            me,
            &[
                "contacts.vcf could not be imported",
                "contacts.vcf was imported",
            ],
        )
        .await;
    assert_eq!(told["items"][0]["body"], "line 3 cannot be read");
    assert_eq!(told["items"][1]["link"], format!("/imports/{good}"));
}

#[tokio::test]
async fn notifications_are_read_one_by_one_and_all_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut world = World::open(data.path(), START).await;
    let me = AccountId::generate();
    for n in 0..3 {
        world
            .tell(&import(
                me,
                ImportId::generate(),
                ImportStatus::Succeeded,
                n,
            ))
            .await;
        world.settle().await;
    }
    let (ada, bob) = (
        world.client.as_account(me.0),
        world.client.as_account(Uuid::now_v7()),
    );
    let listed = world.notifications(me).await;
    assert_eq!(listed["unread"], 3);
    let path = format!(
        "{NOTIFICATIONS}/{}",
        listed["items"][0]["id"].as_str().unwrap()
    );
    assert_problem(&bob.patch(&path, &json!({"read": true})).await, "not-found");
    for _ in 0..2 {
        let read: Value = ada
            .patch(&path, &json!({"read": true}))
            .await
            .expect_status(200)
            .json();
        assert!(read["read_at"].is_string());
    }
    assert_eq!(world.notifications(me).await["unread"], 2);
    bob.post(&format!("{NOTIFICATIONS}/read-all"), &json!({}))
        .await
        .expect_status(204);
    assert_eq!(world.notifications(me).await["unread"], 2);
    ada.post(&format!("{NOTIFICATIONS}/read-all"), &json!({}))
        .await
        .expect_status(204);
    assert_eq!(world.notifications(me).await["unread"], 0);
    let first: Value = ada.get(&format!("{NOTIFICATIONS}?limit=2")).await.json();
    let next = format!(
        "{NOTIFICATIONS}?limit=2&cursor={}",
        first["next"].as_str().unwrap()
    );
    assert_eq!(
        ada.get(&next).await.json::<Value>()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let mut read = 0;
    while read < 3 {
        read += u32::from(world.next_event().await.read_at.is_some());
    }
}

#[tokio::test]
async fn an_invitation_is_told_to_the_invited_and_is_no_news_once_answered() {
    let data = tempfile::tempdir().unwrap();
    let world = World::open(data.path(), START).await;
    let me = AccountId::generate();
    let invitation = |id, version, invited, status| InvitationChanged {
        invitation_id: id,
        version,
        circle_id: CircleId::generate(),
        circle_name: "Alumni".to_owned(),
        invited_by: AccountId::generate(),
        invited_by_name: "Grace".to_owned(),
        invited,
        status,
    };
    let (first, second) = (InvitationId::generate(), InvitationId::generate());
    world
        .tell(&invitation(first, 1, None, InvitationStatus::Pending))
        .await;
    world.settle().await;
    assert_eq!(world.notifications(me).await["items"], json!([]));
    world
        .tell(&invitation(first, 2, Some(me), InvitationStatus::Pending))
        .await;
    let told = world.told(me, &["Grace invites you to “Alumni”"]).await;
    assert_eq!(
        (&told["unread"], &told["items"][0]["link"]),
        (&json!(1), &json!("/circles"))
    );
    world
        .tell(&invitation(first, 3, Some(me), InvitationStatus::Withdrawn))
        .await;
    world.settle().await;
    assert_eq!(world.notifications(me).await["unread"], 0);
    // Answered before it was heard of: nothing to tell.
    world
        .tell(&invitation(second, 2, Some(me), InvitationStatus::Accepted))
        .await;
    world
        .tell(&invitation(second, 1, Some(me), InvitationStatus::Pending))
        .await;
    world.settle().await;
    assert_eq!(world.notifications(me).await["unread"], 0);
}

#[tokio::test]
async fn who_joins_a_circle_is_told_to_those_who_were_in_it_before() {
    let data = tempfile::tempdir().unwrap();
    let world = World::open(data.path(), START).await;
    let [ada, bob, eve] = [(); 3].map(|()| AccountId::generate());
    let members = [
        member(ada, "Ada", 1),
        member(bob, "Bob", 2),
        member(eve, "Eve", 3),
    ];
    let id = CircleId::generate();
    // Late and repeated versions tell nobody anything twice.
    for (version, count) in [(1, 1), (3, 3), (2, 2), (3, 3), (4, 3)] {
        world.tell(&circle(id, version, &members[..count])).await;
    }
    world.settle().await;
    let titles = |of| {
        let world = &world;
        async move {
            let mut titles: Vec<String> = world.notifications(of).await["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["title"].as_str().unwrap().to_owned())
                .collect();
            titles.sort();
            titles
        }
    };
    assert_eq!(
        titles(ada).await,
        ["Bob joined “Alumni”", "Eve joined “Alumni”"]
    );
    assert_eq!(titles(bob).await, ["Eve joined “Alumni”"]);
    assert_eq!(titles(eve).await, [""; 0]);
}

#[tokio::test]
async fn nothing_of_an_erased_account_stays_or_comes_back() {
    let data = tempfile::tempdir().unwrap();
    let world = World::open(data.path(), START).await;
    let me = AccountId::generate();
    world.tell(&account(me)).await;
    world.remind(me, "call", 60).await;
    world
        .tell(&import(
            me,
            ImportId::generate(),
            ImportStatus::Succeeded,
            1,
        ))
        .await;
    world.told(me, &["contacts.vcf was imported"]).await;
    world
        .tell(&ErasureRequested {
            account_id: me,
            version: 9,
        })
        .await;
    world.told(me, &[]).await;
    let reminders: Value = world.client.as_account(me.0).get(REMINDERS).await.json();
    assert_eq!(reminders["items"], json!([]));
    world
        .tell(&import(
            me,
            ImportId::generate(),
            ImportStatus::Succeeded,
            1,
        ))
        .await;
    world.settle().await;
    assert_eq!(world.notifications(me).await["items"], json!([]));
}
