//! The same services, wired to real engines: users, ingest and notifications on PostgreSQL, network
//! and search on their embedded stores, RabbitMQ between them. One upload must become people that
//! are found and reached, as it does within one process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]

use std::{future::Future, sync::Arc, time::Duration};

use kith_shared::{keys::KeyHasher, topology};
use serde_json::{Value, json};
use skeleton_durable::{
    bus::{
        Bus,
        rabbitmq::{self, RabbitMqBus, Topology},
    },
    clock::SystemClock,
    sql::postgres::Settings as Postgres,
};
use skeleton_host::{
    shutdown::Shutdown,
    testing::{TestClient, verifier_for},
};
use skeleton_service::{Context, Service};
use sqlx::{AssertSqlSafe, Connection as _};
use uuid::Uuid;

fn address(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} must hold the address of a running engine"))
}

/// A database of its own.
async fn database(name: &str) -> Postgres {
    let server = address("KITH_TEST_POSTGRES");
    let name = format!("{name}_{}", Uuid::now_v7().simple());
    let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    let mut url: url::Url = server.parse().unwrap();
    url.set_path(&name);
    Postgres {
        url: url.to_string(),
        connections: 8,
    }
}

/// A service, its bus and whoever may ask it.
struct Running {
    client: TestClient,
}

struct World {
    data: tempfile::TempDir,
    exchange: String,
    shutdown: Shutdown,
}

impl World {
    /// What a service gets: a connection to the broker of its own, as in a process of its own.
    fn context(&self, name: &'static str) -> (Context, TestSigner) {
        let (tokens, signer) = verifier_for(name);
        let topology = Topology {
            exchange: self.exchange.clone(),
            consumers: topology::consumers(),
        };
        let settings = rabbitmq::Settings::new(address("KITH_TEST_RABBITMQ"), name, topology);
        let bus: Arc<dyn Bus> = Arc::new(RabbitMqBus::new(settings, self.shutdown.token()));
        let context = Context {
            data: self.data.path().to_owned(),
            bus,
            clock: Arc::new(SystemClock),
            tokens,
            shutdown: self.shutdown.clone(),
        };
        (context, signer)
    }

    fn start(&self, mut service: Service, signer: TestSigner) -> Running {
        service.start(&self.shutdown);
        let name = service.name;
        Running {
            client: TestClient::new(service.router, signer, name),
        }
    }
}

type TestSigner = Arc<skeleton_host::auth::TokenSigner>;

async fn eventually<F, Fut>(what: &str, mut condition: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    while !condition().await {
        assert!(
            tokio::time::Instant::now() < end,
            "{what} did not come about"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_becomes_people_that_are_found_and_reached_over_postgres_and_rabbitmq() {
    let world = World {
        data: tempfile::tempdir().unwrap(),
        exchange: format!("kith-{}", Uuid::now_v7().simple()),
        shutdown: Shutdown::new(),
    };
    let hasher = KeyHasher::new(&[7; 32]);

    let (context, signer) = world.context("users");
    let settings = kith_users::wiring::Settings::local(
        hasher.clone(),
        world.data.path().join("mail"),
        "http://localhost",
    );
    let service = kith_users::wiring::distributed(&context, settings, &database("users").await)
        .await
        .unwrap();
    let users = world.start(service, signer);

    let (context, signer) = world.context("ingest");
    let settings = kith_ingest::wiring::Settings::new(hasher);
    let blobs = world.data.path().join("blobs");
    let service =
        kith_ingest::wiring::distributed(&context, settings, &database("ingest").await, &blobs)
            .await
            .unwrap();
    let ingest = world.start(service, signer);

    let (context, signer) = world.context("notifications");
    let settings = kith_notifications::wiring::Settings::local(
        world.data.path().join("mail"),
        "http://localhost",
    );
    let service = kith_notifications::wiring::distributed(
        &context,
        settings,
        &database("notifications").await,
    )
    .await
    .unwrap();
    let notifications = world.start(service, signer);

    let (context, signer) = world.context("network");
    let service = kith_network::wiring::standalone(&context, Default::default())
        .await
        .unwrap();
    let network = world.start(service, signer);

    let (context, signer) = world.context("search");
    let service = kith_search::wiring::standalone(&context, Default::default())
        .await
        .unwrap();
    let search = world.start(service, signer);

    // One HTTP command, one commit in PostgreSQL, events through RabbitMQ into every store.
    let account: Value = users
        .client
        .post(
            "/api/v1/accounts",
            &json!({"email": "ana@example.org", "password": "correct horse battery", "display_name": "Ana Anker"}),
        )
        .await
        .expect_status(201)
        .json();
    let ana: Uuid = account["id"].as_str().unwrap().parse().unwrap();

    let cards: String = (0..250)
        .map(|n| {
            format!(
                "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cy Ziel {n}\r\nEMAIL:cy{n}@example.net\r\nORG:Initech\r\nEND:VCARD\r\n"
            )
        })
        .collect();
    let import: Value = ingest
        .client
        .as_account(ana)
        .request(axum::http::Method::POST, "/api/v1/imports")
        .file("file", "cards.vcf", cards.as_bytes(), &[])
        .await
        .expect_status(202)
        .json();
    let path = format!("/api/v1/imports/{}", import["id"].as_str().unwrap());
    eventually("the end of the import", || async {
        let import: Value = ingest.client.as_account(ana).get(&path).await.json();
        assert_ne!(import["status"], "failed", "{import}");
        import["status"] == "succeeded"
    })
    .await;

    // It succeeded, so search and network have applied all of it.
    let found: Value = search
        .client
        .as_account(ana)
        .get("/api/v1/people?q=ziel")
        .await
        .json();
    assert_eq!(found["total"], 250, "{found}");
    let person = found["items"][0]["id"].as_str().unwrap();
    let paths: Value = network
        .client
        .as_account(ana)
        .get(&format!("/api/v1/paths?to={person}"))
        .await
        .json();
    assert_eq!(
        paths["items"][0]["people"].as_array().unwrap().len(),
        2,
        "{paths}"
    );
    eventually("the notification", || async {
        let list: Value = notifications
            .client
            .as_account(ana)
            .get("/api/v1/notifications")
            .await
            .json();
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|item| item["kind"] == "import_succeeded")
    })
    .await;
    world.shutdown.finish(Duration::from_secs(10)).await;
}
