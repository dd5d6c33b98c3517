//! A running ingest service with everything around it.
//!
//! With the feature `distributed` every test runs on the PostgreSQL at `KITH_TEST_POSTGRES`.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use kith_ingest::wiring::{self, Settings};
use kith_shared::{
    events::{
        ingest::{ImportChanged, InteractionsChanged, PersonChanged},
        network, search,
        users::{AccountAddress, AccountChanged},
    },
    ids::{AccountId, ImportId},
    keys::{KeyHasher, StrongKey},
};
use serde_json::Value;
use skeleton_durable::{
    Cause, Envelope, Event,
    announce::CurrentState,
    bus::{Bus, Subscription, in_process::InProcessBus},
    clock::{Clock, SystemClock},
    commit::{ChangeSet, Commit},
    consumer::{HandleError, Handler, Options},
    inbox::Inbox,
    migrations::Migrations,
    reconcile::Holdings,
    sql::sqlite,
    stored::Unreadable,
};
use skeleton_host::{
    http::Method,
    shutdown::Shutdown,
    testing::{TestClient, TestResponse, verifier_for},
};
use skeleton_service::{Context, Service, operations::Operations};
use tempfile::TempDir;
use uuid::Uuid;

pub use skeleton_durable::contract::eventually;

pub const SECRET: &[u8] = b"a secret of thirty-two bytes....";

/// Everything that ingest published, in the order in which it arrived.
pub struct Heard {
    store: sqlite::Store,
    events: Mutex<Vec<Envelope>>,
}

#[async_trait]
impl Handler for Heard {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        Commit::<()>::commit(&self.store, ChangeSet::new().handled(events)).await?;
        self.events.lock().unwrap().extend_from_slice(events);
        Ok(())
    }
}

pub struct Fixture {
    pub client: TestClient,
    pub bus: Arc<InProcessBus>,
    pub heard: Arc<Heard>,
    pub ground: Ground,
    pub shutdown: Shutdown,
    operations: Operations,
}

impl Fixture {
    pub async fn start() -> Self {
        Self::start_on(Ground::fresh().await, |_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_on(Ground::fresh().await, change).await
    }

    pub async fn start_on(ground: Ground, change: impl FnOnce(&mut Settings)) -> Self {
        let bus = Arc::new(InProcessBus::default());
        let shutdown = Shutdown::new();
        let heard = listen(&ground.folder, &bus, &shutdown).await;
        let (tokens, signer) = verifier_for("ingest");
        let context = Context {
            data: ground.folder.path().to_owned(),
            bus: bus.clone(),
            clock: Arc::new(SystemClock),
            tokens,
            shutdown: shutdown.clone(),
        };
        let mut settings = Settings::new(hasher());
        change(&mut settings);
        let mut service = wire(&context, settings, &ground.database).await;
        service.start(&shutdown);
        let operations = service.operations;
        let client = TestClient::new(service.routes, signer, "ingest");
        Self {
            client,
            bus,
            heard,
            ground,
            shutdown,
            operations,
        }
    }

    /// An account that users told of, with this address.
    pub async fn account(&self, email: &str) -> Owner {
        let id = AccountId::generate();
        self.tell_account(id, 1, &[email]).await;
        Owner {
            id,
            client: self.client.as_account(id.0),
        }
    }

    pub async fn tell_account(&self, id: AccountId, version: i64, emails: &[&str]) {
        self.tell_region(id, version, emails, Some("DE")).await;
    }

    pub async fn tell_region(
        &self,
        id: AccountId,
        version: i64,
        emails: &[&str],
        region: Option<&str>,
    ) {
        let addresses = emails.iter().map(|email| AccountAddress {
            key: hasher().hash(&StrongKey::email(email).unwrap()),
            email: Some((*email).to_owned()),
            verified: true,
        });
        let event = AccountChanged {
            account_id: id,
            version,
            display_name: "Sample Owner".to_owned(),
            email: emails[0].to_owned(),
            time_zone: "UTC".to_owned(),
            region: region.map(str::to_owned),
            addresses: addresses.collect(),
        };
        self.publish(&event).await;
    }

    pub async fn publish<E: Event>(&self, event: &E) {
        let envelope = Envelope::seal(event, SystemClock.now(), &Cause::default());
        self.bus.publish(&[envelope]).await.unwrap();
    }

    pub fn heard<E: Event>(&self) -> Vec<(Envelope, E)> {
        let events = self.heard.events.lock().unwrap();
        events
            .iter()
            .filter(|it| it.is::<E>())
            .map(|it| (it.clone(), it.open().unwrap()))
            .collect()
    }

    /// What tells again and what is held.
    pub fn told_again_and_held(&self) -> (Arc<dyn CurrentState>, Arc<dyn Holdings>) {
        let Operations {
            current, holdings, ..
        } = self.operations.clone();
        (current.unwrap(), holdings.unwrap())
    }

    /// Every row that `kith doctor` finds.
    pub async fn unreadable(&self) -> Vec<Unreadable> {
        let (mut found, mut after) = (Vec::new(), None);
        let store = &self.operations.stored[0];
        loop {
            let page = store.examine(after.as_ref(), 100).await.unwrap();
            found.extend(page.unreadable);
            match page.next {
                None => return found,
                next => after = next,
            }
        }
    }

    /// Search and network say that they applied an import.
    pub async fn apply(&self, import: ImportId, account: AccountId) {
        self.publish(&network::ImportApplied {
            import_id: import,
            account_id: account,
            parked: 0,
        })
        .await;
        self.publish(&search::ImportApplied {
            import_id: import,
            account_id: account,
            parked: 0,
        })
        .await;
    }

    pub async fn stop(self) -> Ground {
        self.shutdown.request();
        self.shutdown.finish(Duration::from_secs(10)).await;
        self.ground
    }
}

#[cfg(not(feature = "distributed"))]
async fn wire(context: &Context, settings: Settings, _: &Database) -> Service {
    wiring::standalone(context, settings).await.unwrap()
}

#[cfg(feature = "distributed")]
async fn wire(context: &Context, settings: Settings, database: &Database) -> Service {
    wiring::distributed(
        context,
        settings,
        &database.settings(6),
        &skeleton_durable::blobs::Place::Rows,
    )
    .await
    .unwrap()
}

#[cfg(feature = "distributed")]
pub use skeleton_durable::contract::database::Database;

#[cfg(feature = "distributed")]
async fn fresh_database() -> Database {
    Database::fresh("ingest").await
}

#[cfg(not(feature = "distributed"))]
pub struct Database;

#[cfg(not(feature = "distributed"))]
async fn fresh_database() -> Database {
    Database
}

/// What stays when a service ends.
#[derive(Clone)]
pub struct Ground {
    pub folder: Arc<TempDir>,
    pub database: Arc<Database>,
}

impl Ground {
    /// Does something to the database behind the service's back: ids stand in the text as `{id}`.
    pub async fn sql(&self, text: &str, ids: &[Uuid]) -> u64 {
        let mut text = text.to_owned();
        for id in ids {
            text = text.replacen("{id}", &literal(*id), 1);
        }
        let text = sqlx::AssertSqlSafe(text);
        let done = sqlx::raw_sql(text).execute(&mut self.connect().await).await;
        done.unwrap().rows_affected()
    }

    /// The texts in the first column of what is selected.
    pub async fn texts(&self, text: &'static str) -> Vec<String> {
        let found = sqlx::query_scalar(text);
        found.fetch_all(&mut self.connect().await).await.unwrap()
    }

    #[cfg(not(feature = "distributed"))]
    async fn connect(&self) -> sqlx::SqliteConnection {
        let file = self.folder.path().join("ingest/ingest.sqlite");
        let address = format!("sqlite:{}", file.display());
        <sqlx::SqliteConnection as sqlx::Connection>::connect(&address)
            .await
            .unwrap()
    }

    #[cfg(feature = "distributed")]
    async fn connect(&self) -> sqlx::PgConnection {
        self.database.connect().await
    }

    /// How many files wait.
    #[cfg(not(feature = "distributed"))]
    pub async fn files(&self) -> usize {
        let folder = self.folder.path().join("ingest/blobs");
        std::fs::read_dir(folder).unwrap().count()
    }

    /// How many files wait.
    #[cfg(feature = "distributed")]
    pub async fn files(&self) -> usize {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM blob")
            .fetch_one(&mut self.database.connect().await)
            .await
            .unwrap();
        usize::try_from(count).unwrap()
    }

    pub async fn fresh() -> Self {
        Self {
            folder: Arc::new(tempfile::tempdir().unwrap()),
            database: Arc::new(fresh_database().await),
        }
    }
}

#[cfg(not(feature = "distributed"))]
fn literal(id: Uuid) -> String {
    format!("x'{}'", id.simple())
}

#[cfg(feature = "distributed")]
fn literal(id: Uuid) -> String {
    format!("'{id}'::uuid")
}

async fn listen(folder: &TempDir, bus: &InProcessBus, shutdown: &Shutdown) -> Arc<Heard> {
    let file = sqlite::Settings::file(
        folder
            .path()
            .join(format!("heard-{}.sqlite", Uuid::now_v7())),
    );
    let none = Migrations {
        table: "none",
        scripts: &[],
    };
    let store = sqlite::Store::open(&file, none).await.unwrap();
    let heard = Arc::new(Heard {
        store: store.clone(),
        events: Mutex::default(),
    });
    let inbox: Arc<dyn Inbox> = Arc::new(store);
    let subscription = Subscription {
        consumer: "test",
        kinds: vec![
            PersonChanged::TYPE,
            InteractionsChanged::TYPE,
            ImportChanged::TYPE,
        ],
        inbox,
        handler: heard.clone(),
        clock: Arc::new(SystemClock),
        options: Options::default(),
    };
    bus.subscribe(subscription, shutdown.token()).await.unwrap();
    heard
}

pub fn hasher() -> KeyHasher {
    KeyHasher::new(SECRET)
}

/// An account acting.
pub struct Owner {
    pub id: AccountId,
    pub client: TestClient,
}

impl Owner {
    pub async fn upload(&self, name: &str, content: impl AsRef<[u8]>) -> TestResponse {
        let request = self.client.request(Method::POST, "/api/v1/imports");
        request.file("file", name, content.as_ref(), &[]).await
    }

    pub async fn get(&self, path: &str) -> Value {
        self.client.get(&format!("/api/v1{path}")).await.json()
    }

    /// Brings a file; the id of its import.
    pub async fn bring(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let taken: Value = self.upload(name, content).await.expect_status(202).json();
        taken["id"].as_str().unwrap().to_owned()
    }

    /// Brings a file and waits until it was read; the import as it then is.
    pub async fn import(&self, name: &str, content: impl AsRef<[u8]>) -> Value {
        let taken: Value = self.upload(name, content).await.expect_status(202).json();
        self.read(taken["id"].as_str().unwrap()).await
    }

    /// Waits until an import was read to its end.
    pub async fn read(&self, id: &str) -> Value {
        eventually("the import is read", async || {
            let import = self.get(&format!("/imports/{id}")).await;
            let over = import["stage"] == "applying"
                || import["status"] == "succeeded"
                || import["status"] == "failed"
                || import["status"] == "cancelled";
            over.then_some(import)
        })
        .await
    }

    pub async fn receipt(&self, import: &Value) -> Vec<Value> {
        let id = import["id"].as_str().unwrap();
        let page = self.get(&format!("/imports/{id}/receipt?limit=200")).await;
        page["items"].as_array().unwrap().clone()
    }
}

/// LinkedIn's Connections.csv with so many rows, from a number on.
pub fn numbered(from: usize, count: usize) -> String {
    let rows: Vec<String> = (from..from + count)
        .map(|n| {
            format!(
                "Ada,No{n},https://www.linkedin.com/in/ada-{n},ada{n}@example.com,Acme,,04 Mar 2021"
            )
        })
        .collect();
    connections(&rows.iter().map(String::as_str).collect::<Vec<_>>())
}

/// LinkedIn's Connections.csv with these rows.
pub fn connections(rows: &[&str]) -> String {
    let head = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";
    format!("{head}{}\n", rows.join("\n"))
}

pub const ADA: &str = "Ada,Lovelace,https://www.linkedin.com/in/ada-lovelace,ada@example.com,Analytical Engines,Programmer,04 Mar 2021";
pub const GRACE: &str = "Grace,Hopper,https://www.linkedin.com/in/grace-hopper,grace@example.org,Acme,Admiral,05 Mar 2021";
