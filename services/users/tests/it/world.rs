//! A service of its own for each test, with a clock that stands still.
//!
//! With the feature `distributed` every test runs on a fresh database of the server at
//! `KITH_TEST_POSTGRES` instead of on SQLite.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::Timestamp;
use kith_shared::keys::{KeyHasher, StrongKey};
use kith_users::wiring::{self, Settings};
use serde_json::{Value, json};
use skeleton_durable::{
    Envelope, Event,
    bus::{Bus, Tapped, in_process::InProcessBus},
    clock::VirtualClock,
};
use skeleton_host::{
    auth::{Caller, TokenSigner},
    http::Method,
    shutdown::Shutdown,
    testing::{TestClient, TestResponse, verifier_for},
};
use skeleton_service::{Context, Service, operations::Operations};
use tempfile::TempDir;
use uuid::Uuid;

pub use skeleton_durable::contract::eventually;

pub const PASSWORD: &str = "correct horse battery";

pub struct World {
    pub client: TestClient,
    pub clock: VirtualClock,
    pub data: Arc<TempDir>,
    pub openapi: Value,
    events: Arc<Mutex<Vec<Envelope>>>,
    service: Option<Service>,
    shutdown: Shutdown,
    pub database: Arc<Database>,
    trust: bool,
}

/// Somebody signed up and signed in.
#[derive(Clone)]
pub struct Person {
    pub id: Uuid,
    pub email: String,
    pub client: TestClient,
}

pub fn hasher() -> KeyHasher {
    KeyHasher::new(b"a secret of the tests, 32 bytes!")
}

pub fn email_hash(email: &str) -> String {
    hasher().hash(&StrongKey::email(email).unwrap()).0
}

impl World {
    /// Mail goes to a folder, and addresses must be proven.
    pub async fn new() -> Self {
        Self::open(
            Arc::new(TempDir::new().unwrap()),
            fresh_database().await,
            false,
            true,
        )
        .await
    }

    /// Mail goes to a folder, and the addresses of sign-ups count as proven.
    pub async fn trusting() -> Self {
        Self::open(
            Arc::new(TempDir::new().unwrap()),
            fresh_database().await,
            true,
            true,
        )
        .await
    }

    /// Nothing leaves by itself: neither events nor mail.
    pub async fn not_started() -> Self {
        Self::open(
            Arc::new(TempDir::new().unwrap()),
            fresh_database().await,
            false,
            false,
        )
        .await
    }

    async fn open(data: Arc<TempDir>, database: Arc<Database>, trust: bool, start: bool) -> Self {
        let clock = VirtualClock::at("2026-11-22T12:00:00Z".parse().unwrap());
        let bus = Arc::new(InProcessBus::default());
        let (tokens, signer): (_, Arc<TokenSigner>) = verifier_for("users");
        let shutdown = Shutdown::new();
        let context = Context {
            data: data.path().to_owned(),
            bus: bus.clone(),
            clock: Arc::new(clock.clone()),
            tokens,
            shutdown: shutdown.clone(),
        };
        let settings = Settings {
            trust_sign_up_addresses: trust,
            ..Settings::local(
                hasher(),
                data.path().join("mail"),
                "https://kith.example.com/",
            )
        };
        let mut service = wire(&context, settings, &database).await;
        let events = record(&bus);
        if start {
            service.start(&shutdown);
        }
        Self {
            client: TestClient::new(service.routes.clone(), signer, "users"),
            openapi: serde_json::to_value(service.routes.openapi()).unwrap(),
            clock,
            data,
            events,
            service: Some(service),
            shutdown,
            database,
            trust,
        }
    }

    pub async fn stop(&self) {
        self.shutdown.request();
        assert!(self.shutdown.finish(Duration::from_secs(10)).await);
    }

    /// Another process on the same data, with everything running.
    pub async fn reopen(mut self) -> Self {
        self.service = None;
        self.stop().await;
        Self::open(self.data.clone(), self.database.clone(), self.trust, true).await
    }

    /// Another replica on the same database, which writes mail into a folder of its own.
    #[cfg(feature = "distributed")]
    pub async fn replica(&self) -> Self {
        let data = Arc::new(TempDir::new().unwrap());
        Self::open(data, self.database.clone(), self.trust, true).await
    }

    pub fn advance(&self, hours: u64) {
        self.clock.advance(Duration::from_secs(hours * 3600));
    }

    pub async fn sign_up(&self, name: &str) -> Person {
        let email = format!("{}@example.com", name.to_lowercase());
        let account: Value = self
            .client
            .post(
                "/api/v1/accounts",
                &json!({"email": email, "password": PASSWORD, "display_name": name}),
            )
            .await
            .json();
        let id: Uuid = account["id"].as_str().unwrap().parse().unwrap();
        Person {
            id,
            client: self.client.as_account(id),
            email,
        }
    }

    /// Signed up, and the address proven with the code from the mail.
    pub async fn proven(&self, name: &str) -> Person {
        let person = self.sign_up(name).await;
        let code = self.code_for(&person.email).await;
        let address = person.me().await["addresses"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("/api/v1/me/addresses/{address}/verification");
        person
            .client
            .post(&path, &json!({"code": code}))
            .await
            .expect_status(200);
        person
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> TestResponse {
        self.client
            .post(
                "/api/v1/sessions",
                &json!({"email": email, "password": password}),
            )
            .header("user-agent", "Test Browser 1.0")
            .await
    }

    pub async fn check(&self, token: &str) -> TestResponse {
        let gateway = Caller {
            account: Uuid::nil(),
            session: Uuid::nil(),
            scopes: vec!["gateway".to_owned()],
        };
        self.client
            .as_caller(gateway)
            .post("/internal/sessions/check", &json!({"token": token}))
            .await
    }

    /// Every mail to the address so far, oldest first.
    pub fn mails_to(&self, email: &str) -> Vec<String> {
        let folder: PathBuf = self.data.path().join("mail");
        let Ok(files) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut mails: Vec<(String, String)> = files
            .filter_map(|file| {
                let path = file.unwrap().path();
                let is_mail = path.extension().is_some_and(|ending| ending == "eml");
                is_mail.then(|| {
                    let text = std::fs::read_to_string(&path).unwrap();
                    (path.to_string_lossy().into_owned(), text)
                })
            })
            .filter(|(_, text)| text.contains(&format!("To: {email}")))
            .collect();
        // Named by UUIDv7, so by time.
        mails.sort();
        mails.into_iter().map(|(_, text)| text).collect()
    }

    /// The code in the newest of at least `count` mails to the address.
    pub async fn nth_code_for(&self, email: &str, count: usize) -> String {
        eventually("a mail with a code", async || {
            let mails = self.mails_to(email);
            let text = mails.get(count - 1)?;
            let line = text.lines().find_map(|line| line.strip_prefix("Code: "))?;
            Some(line.trim().to_owned())
        })
        .await
    }

    pub async fn code_for(&self, email: &str) -> String {
        self.nth_code_for(email, 1).await
    }

    pub fn published<E: Event>(&self) -> Vec<E> {
        let events = self.events.lock().unwrap();
        events
            .iter()
            .filter(|e| e.is::<E>())
            .map(|e| e.open().unwrap())
            .collect()
    }

    /// The first event of a type that fits.
    pub async fn event<E: Event>(&self, fits: impl Fn(&E) -> bool) -> E {
        eventually(E::TYPE, async || {
            self.published::<E>().into_iter().find(|event| fits(event))
        })
        .await
    }

    /// What an operator looks at the service through.
    pub fn operations(&self) -> Operations {
        self.service.as_ref().unwrap().operations.clone()
    }

    /// All events of a type so far.
    pub fn envelopes(&self, kind: &str) -> Vec<Envelope> {
        let events = self.events.lock().unwrap();
        events.iter().filter(|e| e.kind == kind).cloned().collect()
    }

    /// Waits until these subjects and versions were published.
    pub async fn until_published(&self, kind: &str, these: &[Envelope]) {
        let name = |it: &Envelope| (it.subject.clone(), it.subject_version);
        eventually(kind, async || {
            let known: Vec<_> = self.envelopes(kind).iter().map(name).collect();
            these
                .iter()
                .all(|it| known.contains(&name(it)))
                .then_some(())
        })
        .await;
    }

    /// All events so far as text.
    pub fn events_text(&self) -> String {
        let events = self.events.lock().unwrap();
        events
            .iter()
            .map(|e| e.data.get().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

impl Person {
    /// Waits for a mail to this person.
    #[cfg(feature = "distributed")]
    pub async fn expect_mail(&self, sent_by: &World) {
        eventually("a mail", async || sent_by.mails_to(&self.email).pop()).await;
    }

    pub async fn me(&self) -> Value {
        self.client.get("/api/v1/me").await.json()
    }

    pub async fn circle(&self, name: &str) -> String {
        let circle: Value = self
            .client
            .post("/api/v1/circles", &json!({"name": name}))
            .await
            .json();
        circle["id"].as_str().unwrap().to_owned()
    }

    pub async fn invite(&self, circle: &str, email: &str) -> Value {
        let path = format!("/api/v1/circles/{circle}/invitations");
        self.client
            .post(&path, &json!({"email": email}))
            .await
            .expect_status(201)
            .json()
    }

    pub async fn accept(&self, invitation: &Value, sharing: &str) -> TestResponse {
        let path = format!(
            "/api/v1/invitations/{}/acceptance",
            invitation["id"].as_str().unwrap()
        );
        self.client.post(&path, &json!({"sharing": sharing})).await
    }

    pub async fn accept_code(&self, code: &str) -> TestResponse {
        self.client
            .post(
                "/api/v1/invitations/acceptance",
                &json!({"code": code, "sharing": "name"}),
            )
            .await
    }

    pub async fn leave(&self, circle: &str) -> TestResponse {
        self.client
            .delete(&format!("/api/v1/circles/{circle}/membership"))
            .await
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> TestResponse {
        let request = self.client.request(method, path);
        match body {
            Some(body) => request.json(&body).await,
            None => request.await,
        }
    }
}

pub fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

fn record(bus: &InProcessBus) -> Arc<Mutex<Vec<Envelope>>> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let (mut tap, into) = (bus.tap(), events.clone());
    tokio::spawn(async move {
        while let Some(Tapped::Event(event)) = tap.next().await {
            into.lock().unwrap().push(event.as_ref().clone());
        }
    });
    events
}

#[cfg(not(feature = "distributed"))]
pub struct Database;

#[cfg(not(feature = "distributed"))]
async fn fresh_database() -> Arc<Database> {
    Arc::new(Database)
}

#[cfg(not(feature = "distributed"))]
async fn wire(context: &Context, settings: Settings, _: &Database) -> Service {
    wiring::standalone(context, settings).await.unwrap()
}

#[cfg(feature = "distributed")]
pub use skeleton_durable::contract::database::Database;

#[cfg(feature = "distributed")]
async fn fresh_database() -> Arc<Database> {
    Arc::new(Database::fresh("users").await)
}

#[cfg(feature = "distributed")]
async fn wire(context: &Context, settings: Settings, database: &Database) -> Service {
    wiring::distributed(context, settings, &database.settings(3))
        .await
        .unwrap()
}
