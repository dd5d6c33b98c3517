//! A database, an exchange and keys of this test's own, and programs that run on them.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use skeleton_durable::contract::{database::Database, proxy::Proxy};
use skeleton_host::{
    auth::{Caller, TokenSigner},
    http::{self, Routes, ServeSettings},
    problem::Json,
    shutdown::Shutdown,
};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use template::wiring::NAME;
use uuid::Uuid;

/// How long anything may take that must come about.
const LIMIT: Duration = Duration::from_secs(60);

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Before,
    Next,
}

pub(crate) struct Place {
    folder: tempfile::TempDir,
    database: Database,
    exchange: String,
    /// The way of the version before to the broker.
    pub(crate) broker: Proxy,
    broker_url: String,
    keys: String,
    callers: Callers,
}

/// Signs for the one account that everything belongs to.
#[derive(Clone)]
struct Callers {
    signer: Arc<TokenSigner>,
    account: Uuid,
}

/// A program that runs; killed when dropped.
pub(crate) struct Replica {
    pub(crate) at: Address,
    child: Child,
}

/// Where a program answers.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) version: Version,
    base: String,
    http: reqwest::Client,
    callers: Callers,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let broker_url = std::env::var("KITH_TEST_RABBITMQ")
            .expect("KITH_TEST_RABBITMQ must hold the address of a running RabbitMQ");
        let url: reqwest::Url = broker_url.parse().unwrap();
        let upstream = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let signer = Arc::new(TokenSigner::generate());
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: Database::fresh("upgrade").await,
            exchange: format!("upgrade-{}", Uuid::now_v7().simple()),
            broker: Proxy::to(upstream).await,
            broker_url,
            keys: publish(&signer).await,
            callers: Callers {
                signer,
                account: Uuid::now_v7(),
            },
        }
    }

    /// Starts a program and waits until it is ready.
    pub(crate) async fn start(&self, version: Version) -> Replica {
        skeleton_host::upstream::install_tls();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let bus = match version {
            Version::Before => self.broker.through(&self.broker_url),
            Version::Next => self.broker_url.clone(),
        };
        let file = self.folder.path().join(format!("{port}.toml"));
        let settings = format!(
            "address = \"127.0.0.1:{port}\"\nbus = \"{bus}\"\nexchange = \"{}\"\nkeys = \"{}\"\n\
             store = \"{}\"\n[serve]\ndrain = \"200ms\"\n[log]\nfilter = \"warn\"\n",
            self.exchange,
            self.keys,
            self.database.settings(1).url,
        );
        std::fs::write(&file, settings).unwrap();
        let child = Command::new(program(version))
            .arg("serve")
            .env_clear()
            .env("KITH_CONFIG", &file)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let at = Address {
            version,
            base: format!("http://127.0.0.1:{port}"),
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(10))
                .build()
                .unwrap(),
            callers: self.callers.clone(),
        };
        let replica = Replica { at, child };
        until("the program to be ready", async || {
            let ready = format!("{}/readyz", replica.at.base);
            match replica.at.http.get(ready).send().await {
                Ok(answer) if answer.status().is_success() => Ok(()),
                Ok(answer) => Err(answer.text().await.unwrap_or_default()),
                Err(error) => Err(error.to_string()),
            }
        })
        .await;
        replica
    }

    /// Events that no broker has taken yet.
    pub(crate) async fn waiting(&self) -> i64 {
        self.number("SELECT count(*) FROM outbox").await
    }

    /// Migrations that were applied.
    pub(crate) async fn migrations(&self) -> i64 {
        self.number("SELECT count(*) FROM template_migrations")
            .await
    }

    /// Changes that were counted.
    pub(crate) async fn changes(&self) -> i64 {
        self.number("SELECT coalesce(sum(changes), 0)::bigint FROM activity")
            .await
    }

    async fn number(&self, text: &str) -> i64 {
        let mut connection = self.database.connect().await;
        let row = connection.fetch_one(sqlx::query(AssertSqlSafe(text.to_owned())));
        row.await.unwrap().get(0)
    }
}

/// The version before stands beside the next one: both are built at once.
fn program(version: Version) -> PathBuf {
    let next = Path::new(env!("CARGO_BIN_EXE_template-next"));
    match version {
        Version::Before => next.with_file_name(NAME),
        Version::Next => next.to_owned(),
    }
}

/// Serves the keys as the gateway does; where.
async fn publish(signer: &TokenSigner) -> String {
    let keys = json!({"keys": signer.public_keys()});
    let routes = Routes::new().on(http::Method::GET, "/.well-known/jwks.json", move || {
        std::future::ready(Json(keys.clone()))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        http::serve(
            routes,
            listener,
            &Shutdown::new(),
            &ServeSettings::default(),
        )
        .await;
    });
    format!("http://{address}/.well-known/jwks.json")
}

impl Address {
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let caller = Caller {
            account: self.callers.account,
            session: self.callers.account,
            scopes: Vec::new(),
        };
        let token = self.callers.signer.sign(&caller, NAME);
        let url = format!("{}/api/v1/templates{path}", self.base);
        self.http
            .request(method, url)
            .bearer_auth(token.expose_secret())
    }
}

impl Replica {
    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and the end that comes of it.
    pub(crate) async fn ends(&mut self) {
        let told = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(told.unwrap().success());
        let status = until("the program to end", async || {
            self.child.try_wait().unwrap().ok_or("it runs")
        })
        .await;
        assert!(status.success(), "{status}");
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.at.request(Method::GET, path).send().await.unwrap();
        answer.error_for_status().unwrap().json().await.unwrap()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks until it is so.
pub(crate) async fn until<T, E: Debug>(
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    let patience = Patience::default();
    loop {
        match ask().await {
            Ok(found) => return found,
            Err(last) => patience.with(what, &last).await,
        }
    }
}

/// How long something is tried that must come about.
pub(crate) struct Patience(Instant);

impl Default for Patience {
    fn default() -> Self {
        Self(Instant::now() + LIMIT)
    }
}

impl Patience {
    /// Waits a moment before the next attempt.
    pub(crate) async fn with<E: Debug>(&self, what: &str, last: &E) {
        assert!(
            Instant::now() < self.0,
            "waited in vain for {what}: {last:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
