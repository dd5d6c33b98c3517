//! The load: commands by HTTP on kept connections, as fast as they are answered or at a rate.
//!
//! At a rate, a command that should have left earlier counts from when it should have left, so that
//! a stall is not hidden by the commands that it kept from being sent.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use skeleton_host::auth::{Caller, TokenSigner};
use template::wiring;
use uuid::Uuid;

use crate::{
    http::Connection,
    payload,
    settings::{Settings, TOKEN_SECRET},
};

/// Pause after a connection failed.
const PAUSE: Duration = Duration::from_millis(20);
/// How long a token is used; it lives for 60 s.
const TOKEN_AGE: Duration = Duration::from_secs(30);
const PATH: &str = "/api/v1/templates";

/// What to send.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// Kept connections, one account each.
    pub(crate) connections: u64,
    /// Events a second; 0: the next as soon as the one before was answered.
    pub(crate) rate: u64,
    /// How many in all.
    pub(crate) events: u64,
}

/// What all connections share.
struct Load {
    plan: Plan,
    address: String,
    begun: Instant,
    next: AtomicU64,
    accepted: AtomicU64,
    failed: AtomicU64,
    took_micros: Mutex<Vec<u64>>,
}

/// Sends all; answers how it went.
pub(crate) async fn run(settings: &Settings, plan: Plan) -> anyhow::Result<serde_json::Value> {
    let load = Arc::new(Load {
        plan,
        address: settings.address.clone(),
        begun: Instant::now(),
        next: AtomicU64::new(0),
        accepted: AtomicU64::new(0),
        failed: AtomicU64::new(0),
        took_micros: Mutex::default(),
    });
    let begun_micros = payload::now_micros();
    let connections: Vec<_> = (0..plan.connections)
        .map(|_| tokio::spawn(load.clone().connection()))
        .collect();
    for connection in connections {
        connection.await?;
    }
    let seconds = load.begun.elapsed().as_secs_f64();
    let mut took = load
        .took_micros
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    took.sort_unstable();
    let at = |share: f64| {
        let index = (took.len().saturating_sub(1) as f64 * share) as usize;
        took.get(index).copied().unwrap_or_default() as f64 / 1000.0
    };
    Ok(json!({
        "accepted": load.accepted.load(Ordering::Relaxed),
        "failed": load.failed.load(Ordering::Relaxed),
        "begun_micros": begun_micros,
        "seconds": seconds,
        "answer_p50_ms": at(0.5),
        "answer_p99_ms": at(0.99),
    }))
}

impl Load {
    async fn connection(self: Arc<Self>) {
        let mut sender = Sender::new();
        let mut connection = None;
        let mut took = Vec::new();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.plan.events {
                break;
            }
            let sent_micros = self.due(number).await;
            let request = sender.request(&self.address, &payload::name(sent_micros, number));
            match self.ask(&mut connection, &request).await {
                Ok(200..=299) => {
                    self.accepted.fetch_add(1, Ordering::Relaxed);
                    took.push((payload::now_micros() - sent_micros).unsigned_abs());
                }
                // Whether it was committed is unknown; the ledger says.
                outcome => {
                    if self.failed.fetch_add(1, Ordering::Relaxed) == 0 {
                        eprintln!("the first that failed: {outcome:?}");
                    }
                    connection = None;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        let mut all = self
            .took_micros
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.append(&mut took);
    }

    /// Waits until a command is due; says since when it counts.
    async fn due(&self, number: u64) -> i64 {
        let now = payload::now_micros();
        let Some(due_micros) = (number * 1_000_000).checked_div(self.plan.rate) else {
            return now;
        };
        let due = self.begun + Duration::from_micros(due_micros);
        let late = Instant::now().saturating_duration_since(due);
        if !late.is_zero() {
            return now - i64::try_from(late.as_micros()).unwrap_or_default();
        }
        tokio::time::sleep_until(due.into()).await;
        payload::now_micros()
    }

    async fn ask(&self, kept: &mut Option<Connection>, request: &[u8]) -> anyhow::Result<u16> {
        let connection = match kept {
            Some(connection) => connection,
            None => kept.insert(Connection::open(&self.address).await?),
        };
        connection.ask(request).await
    }
}

/// What a connection needs for its requests.
struct Sender {
    signer: TokenSigner,
    caller: Caller,
    token: Option<(SecretString, Instant)>,
}

impl Sender {
    fn new() -> Self {
        Self {
            signer: TokenSigner::from_secrets(&SecretString::from(TOKEN_SECRET), None),
            caller: Caller {
                account: Uuid::now_v7(),
                session: Uuid::now_v7(),
                scopes: Vec::new(),
            },
            token: None,
        }
    }

    fn request(&mut self, host: &str, name: &str) -> Vec<u8> {
        let body = json!({ "name": name }).to_string();
        let token = self.token();
        let token = token.expose_secret();
        format!(
            "POST {PATH} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    /// As the gateway does: a token for some time, then another.
    fn token(&mut self) -> SecretString {
        match &self.token {
            Some((token, made)) if made.elapsed() < TOKEN_AGE => token.clone(),
            _ => {
                let token = self.signer.sign(&self.caller, wiring::NAME);
                self.token = Some((token.clone(), Instant::now()));
                token
            }
        }
    }
}
