//! How fast people are taken in and found: prints one line of JSON.
//!
//! `cargo run --release -p kith-search --example measure_search -- [people]`
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a measurement: it reads the clock and prints"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use jiff::Timestamp;
use kith_search::wiring::{self, Settings};
use kith_shared::{
    events::{
        ingest::{Employment, PersonChanged, PersonState},
        network::{Band, TieChanged},
    },
    ids::{AccountId, PersonId},
};
use secrecy::ExposeSecret;
use skeleton_durable::{
    Cause, Envelope,
    bus::{Bus, in_process::InProcessBus},
    clock::SystemClock,
};
use skeleton_host::{
    auth::{Caller, TokenSigner, TokenVerifier},
    http::{Request, ServeSettings, serve, to_bytes},
    shutdown::Shutdown,
    upstream::Upstream,
};
use skeleton_service::Context;
use uuid::Uuid;

const FIRST: &[&str] = &[
    "Ada",
    "Grace",
    "Alan",
    "Katherine",
    "Edsger",
    "Barbara",
    "Donald",
    "Hedy",
    "Linus",
    "Margaret",
    "José",
    "Zoë",
    "Søren",
    "Łukasz",
    "Emmy",
    "Niels",
    "Marie",
    "Rosalind",
    "Chien",
    "Srinivasa",
];
const WORK: &[&str] = &[
    "Labs",
    "Works",
    "Institute",
    "Partners",
    "Systems",
    "Foundation",
    "Studio",
];
const QUERIES: &[&str] = &[
    "a",
    "ad",
    "ada",
    "ada l",
    "kath",
    "kathrine",
    "jose",
    "zoe",
    "lukas",
    "institute",
    "eng",
    "margret",
    "ada labs",
    "example",
    "44",
    "grace engineer works",
    "",
    "baraba",
    "soren par",
];
const ROUNDS: usize = 30;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let people: usize = std::env::args()
        .nth(1)
        .map_or(Ok(100_000), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("measure-search-{}", Uuid::now_v7()));
    let signer = TokenSigner::generate();
    let shutdown = Shutdown::new();
    let bus = Arc::new(InProcessBus::default());
    let context = Context {
        data: folder.clone(),
        bus: bus.clone(),
        clock: Arc::new(SystemClock),
        tokens: TokenVerifier::new(wiring::NAME, &signer.public_keys()),
        shutdown: shutdown.clone(),
    };
    let mut service = wiring::standalone(&context, Settings::default()).await?;
    service.start(&shutdown);
    let routes = service.routes.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base: url::Url = format!("http://{}/", listener.local_addr()?).parse()?;
    let stop = shutdown.clone();
    tokio::spawn(async move { serve(routes, listener, &stop, &ServeSettings::default()).await });

    let me = AccountId::generate();
    let caller = Caller {
        account: me.0,
        session: Uuid::nil(),
        scopes: Vec::new(),
    };
    let limit = Duration::from_secs(30);
    let server = Upstream::http([base], limit, limit)?;
    let total = async |query: &str| -> anyhow::Result<u64> {
        let path = format!("/api/v1/people?q={}", query.replace(' ', "%20"));
        let token = signer.sign(&caller, wiring::NAME);
        let request = Request::get(&path)
            .header("authorization", format!("Bearer {}", token.expose_secret()));
        let answer = server.call(request).await;
        anyhow::ensure!(
            answer.status().is_success(),
            "{query:?} answered {}",
            answer.status()
        );
        let body = to_bytes(answer.into_body(), 10_000_000).await?;
        let page: serde_json::Value = serde_json::from_slice(&body)?;
        page["total"].as_u64().context("no total")
    };

    let started = Instant::now();
    for chunk in (0..people).collect::<Vec<_>>().chunks(500) {
        let events: Vec<Envelope> = chunk.iter().flat_map(|&n| told(n, me)).collect();
        bus.publish(&events).await?;
    }
    let received_s = started.elapsed().as_secs_f64();
    while total("").await? < people as u64 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let taken_in_s = started.elapsed().as_secs_f64();

    let mut all = Vec::new();
    let mut slowest = (0.0, "");
    for round in 0..ROUNDS {
        for query in QUERIES {
            let started = Instant::now();
            total(query).await?;
            let ms = started.elapsed().as_secs_f64() * 1000.0;
            if round > 0 {
                all.push(ms);
                if ms > slowest.0 {
                    slowest = (ms, query);
                }
            }
        }
    }
    all.sort_by(f64::total_cmp);
    let at = |share: f64| all[((all.len() - 1) as f64 * share).round() as usize];
    println!(
        "{}",
        serde_json::json!({
            "measurement": "search", "people": people, "queries": all.len(),
            "received_s": received_s, "taken_in_s": taken_in_s,
            "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": slowest.0, "slowest": slowest.1,
        })
    );
    shutdown.finish(Duration::from_secs(5)).await;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// What is told of the n-th person.
fn told(n: usize, me: AccountId) -> Vec<Envelope> {
    let first = FIRST[n % FIRST.len()];
    // Names as unlike each other as in a real book.
    let last = format!(
        "{}{}",
        ["Lovelace", "Hopper", "Ito", "Müller", "Okafor"][n % 5],
        letters(n / 7)
    );
    let person = PersonChanged {
        person_id: PersonId::generate(),
        account_id: me,
        version: 1,
        state: PersonState::Active,
        display_name: format!("{first} {last}"),
        other_names: Vec::new(),
        emails: vec![format!(
            "{}.{}@example.com",
            first.to_lowercase(),
            letters(n)
        )],
        phones: vec![format!("+44 20 {:04} {:04}", n / 10_000, n % 10_000)],
        employments: vec![Employment {
            organisation: format!("{} {}", letters(n / 40), WORK[n % WORK.len()]),
            title: Some("Engineer".to_owned()),
            current: true,
        }],
        labels: Vec::new(),
        keys: Vec::new(),
        connections: Vec::new(),
        aliases: Vec::new(),
    };
    let now = Timestamp::now();
    let mut events = vec![Envelope::seal(&person, now, &Cause::default())];
    if n.is_multiple_of(10) {
        let band = [Band::Fair, Band::Good, Band::Strong][n / 10 % 3];
        let tie = TieChanged {
            account_id: me,
            person_id: person.person_id,
            version: 1,
            band,
        };
        events.push(Envelope::seal(&tie, now, &Cause::default()));
    }
    events
}

fn letters(mut n: usize) -> String {
    let mut text = String::new();
    loop {
        text.push(char::from(b'a' + u8::try_from(n % 26).unwrap_or(0)));
        n /= 26;
        if n == 0 {
            return text;
        }
    }
}
