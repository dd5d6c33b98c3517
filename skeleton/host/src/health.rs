//! What probes and Prometheus ask: `/healthz`, `/readyz`, `/metrics`.
//!
//! Liveness depends on nothing: a database that is down must not get the process killed. Readiness
//! runs named checks, each bounded in time and asked at most once a second.

use crate::http::{IntoResponse, Method, Response, Routes, State, StatusCode, header};
use crate::problem::Json;
use crate::shutdown::Shutdown;
use crate::telemetry;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::fmt::Display;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// The paths below; they are neither logged nor counted.
pub const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

const CHECK_TIMEOUT: Duration = Duration::from_secs(2);
const FRESH_FOR: Duration = Duration::from_secs(1);

type Ask = Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

struct Check {
    name: String,
    ask: Ask,
    last: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Check {
    async fn outcome(&self) -> Result<(), String> {
        let mut last = self.last.lock().await;
        if let Some((at, outcome)) = &*last
            && at.elapsed() < FRESH_FOR
        {
            return outcome.clone();
        }
        let asked = AssertUnwindSafe((self.ask)()).catch_unwind();
        let outcome = match tokio::time::timeout(CHECK_TIMEOUT, asked).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err("the check panicked".to_owned()),
            Err(_) => Err(format!("no answer within {} s", CHECK_TIMEOUT.as_secs())),
        };
        *last = Some((Instant::now(), outcome.clone()));
        outcome
    }
}

/// The readiness of a process. Clones are the same.
#[derive(Clone, Default)]
pub struct Health {
    checks: Arc<RwLock<Vec<Arc<Check>>>>,
    shutdown: Shutdown,
}

/// What `/readyz` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Whether requests should be sent here.
    pub ready: bool,
    /// Every check in the order of registration.
    pub checks: Vec<CheckResult>,
}

/// One check's outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// What was checked.
    pub name: String,
    /// Whether it was fine.
    pub ok: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Health {
    /// Not ready as soon as `shutdown` is requested or one of its tasks keeps failing.
    pub fn new(shutdown: Shutdown) -> Self {
        Self {
            checks: Arc::default(),
            shutdown,
        }
    }

    /// Adds a check: `health.check("store", move || { let s = s.clone(); async move { s.ping().await } })`.
    pub fn check<F, E>(&self, name: &str, ask: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let check = Check {
            name: name.to_owned(),
            ask: Box::new(move || {
                ask()
                    .map(|done| done.map_err(|error| error.to_string()))
                    .boxed()
            }),
            last: Mutex::default(),
        };
        self.checks
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::new(check));
    }

    /// Runs the checks, all at once.
    pub async fn readiness(&self) -> Readiness {
        let checks = self
            .checks
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let asked = checks
            .iter()
            .map(|check| async { result(&check.name, check.outcome().await.err()) });
        let mut results = futures::future::join_all(asked).await;
        for task in self.shutdown.failing() {
            results.push(result(task, Some("the task keeps failing".to_owned())));
        }
        if self.shutdown.is_requested() {
            results.push(result("shutdown", Some("shutting down".to_owned())));
        }
        Readiness {
            ready: results.iter().all(|check| check.ok),
            checks: results,
        }
    }

    /// The three routes. Mount them beside the guarded ones, never inside.
    pub fn routes(&self) -> Routes {
        Routes::new()
            .on(Method::GET, "/healthz", async || "ok\n")
            .on(Method::GET, "/readyz", readyz)
            .on(Method::GET, "/metrics", metrics)
            .with_state(self.clone())
    }
}

fn result(name: &str, detail: Option<String>) -> CheckResult {
    CheckResult {
        name: name.to_owned(),
        ok: detail.is_none(),
        detail,
    }
}

async fn readyz(State(health): State<Health>) -> Response {
    let readiness = health.readiness().await;
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness)).into_response()
}

async fn metrics() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        telemetry::render_metrics(),
    )
}

const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// Asks `/healthz` of the process at `address`, for images that hold no shell to ask with.
///
/// # Errors
/// When nothing answers within three seconds, or something that is not well.
pub async fn probe(mut address: SocketAddr) -> io::Result<()> {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    let ask = async {
        let mut stream = TcpStream::connect(address).await?;
        let request =
            format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(4_096).read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    let answer = tokio::time::timeout(PROBE_TIMEOUT, ask).await??;
    if answer.starts_with(b"HTTP/1.1 200") {
        return Ok(());
    }
    let what = format!("{address} does not answer as it should");
    Err(io::Error::other(what))
}
