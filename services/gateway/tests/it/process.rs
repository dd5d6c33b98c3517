//! The gateway as its own process, between a client and services that are reached over HTTP.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures::StreamExt;
use kith_gateway::wiring::process::Settings;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use skeleton_durable::{contract::database::Database, sql::postgres};
use skeleton_host::{
    auth::TokenSigner,
    health::Health,
    http::{Body, Request, Response, ServeSettings, StatusCode, serve, to_bytes},
    settings::Source,
    shutdown::Shutdown,
    upstream::Upstream,
};
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

use crate::support::{Parties, SERVICES, eventually, stand_in};

const SEED: &str = "the seed of a test, of more than 32 characters";
const OPERATOR: &str = "the token of a test, of more than 32 characters";

/// A running program; killed when dropped.
struct Gateway {
    process: Child,
    client: Upstream,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn parties() -> Parties {
    let signer = TokenSigner::from_secrets(&SecretString::from(SEED), None);
    Parties {
        signer: signer.into(),
        ..Parties::new()
    }
}

/// A stand-in for a service, over HTTP, with its probes.
async fn replica(name: &'static str, parties: &Parties) -> (Url, Shutdown) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shutdown = Shutdown::new();
    let health = Health::new(shutdown.clone());
    let routes = health
        .routes()
        .merge(stand_in(name, &parties.signer, &parties.users));
    let served = shutdown.clone();
    tokio::spawn(async move {
        let settings = ServeSettings {
            drain: Duration::from_secs(3_600),
            ..ServeSettings::default()
        };
        serve(routes, listener, &served, &settings).await;
    });
    (url.parse().unwrap(), shutdown)
}

async fn start(database: &postgres::Settings, upstreams: &[(&str, String)]) -> Gateway {
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let bus = std::env::var("KITH_TEST_RABBITMQ")
        .expect("KITH_TEST_RABBITMQ must hold the address of a running RabbitMQ");
    let exchange = format!("gateway-test-{}", Uuid::now_v7().simple());
    let mut command = Command::new(env!("CARGO_BIN_EXE_kith-gateway"));
    command
        .env_clear()
        .env("KITH_ADDRESS", address.to_string())
        .env("KITH_STORE", &database.url)
        .env("KITH_BUS", bus)
        .env("KITH_EXCHANGE", exchange)
        .env("KITH_SERVE__DRAIN", "200ms")
        .env("KITH_TOKEN_SEED", SEED)
        .env("KITH_OPERATOR_TOKEN", OPERATOR)
        .stdout(Stdio::null());
    for (name, urls) in upstreams {
        command.env(format!("KITH_UPSTREAMS__{}", name.to_uppercase()), urls);
    }
    let base = Url::parse(&format!("http://{address}")).unwrap();
    let timeout = Duration::from_secs(20);
    let gateway = Gateway {
        process: command.spawn().unwrap(),
        client: Upstream::http([base], Duration::from_secs(1), timeout).unwrap(),
    };
    eventually("the gateway was ready", async || {
        gateway.get("/readyz", "").await.status() == StatusCode::OK
    })
    .await;
    gateway
}

impl Gateway {
    async fn get(&self, path: &str, bearer: &str) -> Response {
        let mut asked = Request::get(path);
        if !bearer.is_empty() {
            asked = asked.header("authorization", format!("Bearer {bearer}"));
        }
        self.client.call(asked).await
    }

    async fn json(&self, path: &str, bearer: &str) -> Value {
        let answer = self.get(path, bearer).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_serves_the_front_of_services_that_are_elsewhere_and_ends_in_order() {
    let database = Database::fresh("gateway_test").await;
    let parties = parties();
    let mut upstreams = Vec::new();
    let mut endings = Vec::new();
    for name in SERVICES {
        let (one, ending) = replica(name, &parties).await;
        let (two, _) = replica(name, &parties).await;
        upstreams.push((name, format!("{one}, {two}")));
        endings.push(ending);
    }
    let mut gateway = start(&database.settings(4), &upstreams).await;

    let caller = parties.sign_in("ada");
    let seen = gateway.json("/api/v1/people?q=bo", "ada").await;
    assert_eq!(seen["service"], "search");
    assert_eq!(seen["caller"]["account"], caller.account.to_string());
    assert_eq!(gateway.get("/api/v1/people", "").await.status(), 401);
    let keys = gateway.json("/.well-known/jwks.json", "").await;
    assert_eq!(keys["keys"][0]["kid"], parties.signer.public_keys()[0].kid);
    let document = gateway.json("/api/v1/openapi.json", "").await;
    let whole: Value = serde_json::from_str(kith_gateway::domain::openapi::DOCUMENT).unwrap();
    assert_eq!(document, whole);

    // The operator sees which replicas are ready, and reaches the gateway's own operations.
    endings[0].request();
    let operator = format!("operator-{OPERATOR}");
    let listed = gateway.json("/operator/v1/services", &operator).await;
    let users = listed["items"].as_array().unwrap();
    let users = users.iter().find(|service| service["name"] == "users");
    let users = users.unwrap();
    assert_eq!(users["ready"], true);
    let ready = [0, 1].map(|at| users["replicas"][at]["ready"].as_bool().unwrap());
    assert_eq!(ready, [false, true]);
    let own = "/operator/v1/services/gateway/status";
    let status = gateway.json(own, &operator).await;
    assert_eq!(status["name"], "gateway");
    assert_eq!(gateway.get(own, "ada").await.status(), 401);
    assert_eq!(
        gateway.get("/operator/v1/status", &operator).await.status(),
        401,
        "only by way of the services' list"
    );

    let stream = gateway.get("/api/v1/events", "ada").await;
    assert_eq!(stream.status(), StatusCode::OK);
    let mut events = Body::from(stream.into_body()).into_data_stream();
    let hello = events.next().await.unwrap().unwrap();
    assert!(hello.starts_with(b"event: hello"));
    let pid = gateway.process.id().to_string();
    let killed = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(killed.success());
    let begun = tokio::time::Instant::now();
    while let Some(event) = events.next().await {
        assert!(event.is_ok(), "the stream ends, it is not cut");
    }
    assert!(begun.elapsed() < Duration::from_secs(2));
    let ended = tokio::task::spawn_blocking(move || gateway.process.wait().unwrap().code());
    assert_eq!(ended.await.unwrap(), Some(0));
}

fn read(text: &str) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kith.toml");
    std::fs::write(&file, text).unwrap();
    Source::load("KITH_TEST_OF_SETTINGS_", Some(&file))
        .read(Settings::read)
        .map_err(|mistakes| mistakes.to_string())
}

#[test]
fn settings_name_every_replica_and_every_mistake() {
    let whole = r#"
        store = "postgres://gateway:secret@127.0.0.1:5432/gateway"
        token_seed = "a seed of at least thirty-two characters"
        [upstreams]
        users = "http://10.0.0.1:8401, http://10.0.0.2:8401"
        ingest = "http://10.0.0.1:8402"
        network = "http://10.0.0.1:8403"
        search = "http://10.0.0.1:8404"
        notifications = "http://10.0.0.1:8405"
    "#;
    let settings = read(whole).unwrap();
    assert_eq!(settings.upstreams["users"].len(), 2);
    assert!(settings.operator_token.is_none() && settings.token_seed_previous.is_none());
    assert!(settings.token_seed.expose_secret().starts_with("a seed"));

    let wrong = whole
        .replace("http://10.0.0.2:8401", "nowhere")
        .replace("ingest = \"http://10.0.0.1:8402\"", "")
        .replace("a seed of at least thirty-two characters", "short")
        + "\n[gateway.limits]\naccount_per_minute = 0\n";
    let mistakes = read(&wrong).map(drop).unwrap_err();
    for name in [
        "upstreams.users",
        "upstreams.ingest",
        "token_seed",
        "gateway.limits.account_per_minute",
    ] {
        assert!(mistakes.contains(name), "{name}: {mistakes}");
    }
    assert!(!mistakes.contains("short"), "{mistakes}");
}
