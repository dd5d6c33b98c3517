//! Measures what a request costs on its way through the gateway, in microseconds of processor time,
//! layer by layer; all layers on the same accept loop.
//!
//! `measure_gateway [seconds] [runs] [connections]`, by default 2 seconds each, 5 runs, 8 kept
//! connections that ask as fast as they are answered. Each way is a process of its own, so that
//! whoever asks is not counted; the ways are asked in turn, run by run. Prints one line of JSON a
//! run and way: requests answered, processor time in microseconds, wall time in seconds.
//!
//! | way | what answers |
//! |---|---|
//! | `bare` | a route |
//! | `stack` | the route behind the middleware of every service: id, span, log line, metrics, bounds |
//! | `front` | the gateway: that middleware, hosts, headers, limits, whose session, a signed token; then the route in the same process |
//! | `service` | the same, where the route checks the token |
//! | `http` | the same over HTTP, where the service is another process, which is not counted |
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use kith_gateway::wiring::{self, Parts, Settings};
use secrecy::SecretString;
use serde_json::json;
use skeleton_durable::{bus::in_process::InProcessBus, clock::SystemClock};
use skeleton_host::{
    auth::{RequireCaller, TokenSigner, TokenVerifier},
    http::{HttpSettings, Method, PerAddress, Routes, ServeSettings, Stack, serve},
    problem::Json,
    shutdown::Shutdown,
    telemetry::{self, TelemetrySettings},
    upstream::Upstream,
};
use skeleton_service::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use uuid::Uuid;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WAYS: [&str; 5] = ["bare", "stack", "front", "service", "http"];
const PATH: &str = "/api/v1/people";
const SEED: &str = "the seed of a measurement, of more than 32 characters";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.unwrap();
    match arguments.first().map(String::as_str) {
        Some("serve") => runtime.block_on(answer(&arguments[1], arguments.get(2).cloned())),
        _ => {
            let number = |at: usize, default| {
                let given = arguments.get(at).and_then(|text| text.parse().ok());
                given.unwrap_or(default)
            };
            measure(number(0, 2), number(1, 5), number(2, 8));
        }
    }
}

/// A process that answers in one of the ways; killed when dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(way: &str, upstream: Option<&str>) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["serve", way])
            .args(upstream)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        said.read_line(&mut address).unwrap();
        Self {
            process,
            address: address.trim().to_owned(),
        }
    }

    /// Processor time so far, its threads' together.
    fn processor(&self) -> Duration {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        // Behind the name, which may hold anything: fields 14 and 15 of proc(5), in 1/100 s.
        let fields: Vec<&str> = text
            .rsplit_once(')')
            .unwrap()
            .1
            .split_whitespace()
            .collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn measure(seconds: usize, runs: usize, connections: usize) {
    let behind = Server::start("behind", None);
    let upstream = format!("http://{}", behind.address);
    let servers = WAYS.map(|way| {
        let upstream = (way == "http").then_some(upstream.as_str());
        Server::start(way, upstream)
    });
    let asking = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let load = |server: &Server, seconds: f64| {
        let until = Instant::now() + Duration::from_secs_f64(seconds);
        let clients = (0..connections).map(|_| client(server.address.clone(), until));
        let answered: Vec<usize> = asking.block_on(futures::future::join_all(clients));
        answered.iter().sum::<usize>()
    };
    for server in &servers {
        load(server, 1.0);
    }
    for run in 0..runs {
        for (way, server) in WAYS.iter().zip(&servers) {
            let (began, before) = (Instant::now(), server.processor());
            let requests = load(server, seconds as f64);
            let took = began.elapsed().as_secs_f64();
            let processor = (server.processor() - before).as_micros() as u64;
            println!(
                "{}",
                json!({
                    "way": way, "run": run, "requests": requests, "processor_us": processor,
                    "seconds": took,
                })
            );
        }
    }
}

/// Asks until then; gives how often it was answered.
async fn client(address: String, until: Instant) -> usize {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let request = format!(
        "GET {PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer a-token\r\n\
         accept: application/json\r\nuser-agent: measurement\r\n\r\n"
    );
    let mut buffer = vec![0; 16 << 10];
    let mut answered = 0;
    while Instant::now() < until {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = 0;
        loop {
            read += stream.read(&mut buffer[read..]).await.unwrap();
            assert!(read > 0, "the connection ended");
            if buffer[..read].ends_with(b"}") {
                break;
            }
        }
        assert!(buffer.starts_with(b"HTTP/1.1 200"), "it was not answered");
        answered += 1;
    }
    answered
}

/// Serves one way, and prints where.
async fn answer(way: &str, upstream: Option<String>) {
    let _telemetry = telemetry::init(&TelemetrySettings::default(), "gateway").unwrap();
    let data = tempfile::tempdir().unwrap();
    let shutdown = Shutdown::new();
    let stack = |routes| Stack::new("gateway", &HttpSettings::default()).apply(routes);
    let front = async |upstream| stack(gateway(data.path(), &shutdown, upstream).await);
    let routes = match way {
        "bare" => route(),
        "stack" => stack(route()),
        "behind" => stack(guarded()),
        "front" => front(Upstream::in_process(route())).await,
        "service" => front(Upstream::in_process(guarded())).await,
        _ => {
            let limit = Duration::from_secs(5);
            let base = upstream.unwrap().parse().unwrap();
            front(Upstream::http([base], limit, limit).unwrap()).await
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let settings = ServeSettings {
        per_address: PerAddress::Any,
        ..ServeSettings::default()
    };
    serve(routes, listener, &shutdown, &settings).await;
}

fn signer() -> TokenSigner {
    TokenSigner::from_secrets(&SecretString::from(SEED), None)
}

fn route() -> Routes {
    let person = json!({ "id": Uuid::nil(), "name": "Ada Example", "organisation": "Example" });
    let page = json!({ "items": [person.clone(), person], "next": null });
    let list = async move || Json(page);
    Routes::new().on(Method::GET, PATH, list)
}

fn guarded() -> Routes {
    let verifier = TokenVerifier::new("search", &signer().public_keys());
    RequireCaller::new(verifier).guard(route())
}

/// A gateway to the service `search`, with a `users` for which every token opens a session.
async fn gateway(data: &std::path::Path, shutdown: &Shutdown, search: Upstream) -> Routes {
    let session = json!({ "account_id": Uuid::from_u128(1), "session_id": Uuid::from_u128(2) });
    let check = async move || Json(session);
    let users = Routes::new().on(Method::POST, "/internal/sessions/check", check);
    let signer = Arc::new(signer());
    let context = Context {
        data: data.to_owned(),
        bus: Arc::new(InProcessBus::default()),
        clock: Arc::new(SystemClock),
        tokens: TokenVerifier::new("gateway", &signer.public_keys()),
        shutdown: shutdown.clone(),
    };
    let mut settings = Settings::default();
    settings.limits.account_per_minute = u32::MAX;
    settings.limits.address_per_minute = u32::MAX;
    let upstreams = [("users", Upstream::in_process(users)), ("search", search)];
    let parts = Parts {
        signer,
        upstreams: upstreams.into(),
        operator: None,
    };
    let mut service = wiring::standalone(&context, settings, parts).await.unwrap();
    service.start(shutdown);
    service.routes
}
