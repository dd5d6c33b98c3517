//! Fills a service with generated books and measures what `GET /paths` takes.
//!
//! `measure_service [accounts] [people a book] [ties a person] [questions]`, by default a circle of
//! 20 accounts with 3,300 people each and 28 third-party ties a person: about 65,000 people and 1.9
//! million ties. The answers pass the whole service: HTTP over a socket of this machine on a kept
//! connection, graph, check against the store.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::{Timestamp, civil::date};
use kith_network::wiring;
use kith_shared::{
    events::{
        ingest::{
            Employment, GroupSize, InteractionBucket, InteractionKind, InteractionsChanged,
            PersonChanged, PersonState,
        },
        users::{CircleChanged, CircleMember},
    },
    ids::{AccountId, CircleId, PersonId},
    keys::KeyHash,
    sharing::Sharing,
};
use skeleton_durable::{
    Cause, Envelope, Event,
    bus::{Bus, in_process::InProcessBus},
    clock::SystemClock,
};
use skeleton_host::{
    http::{HttpSettings, Request, Routes, ServeSettings, Stack, serve},
    shutdown::Shutdown,
    testing,
    upstream::Upstream,
};
use skeleton_service::Context;
use tokio::net::TcpListener;

/// A small generator: the same numbers every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .map(|text| text.parse().unwrap())
        .collect();
    let number = |index: usize, default| numbers.get(index).copied().unwrap_or(default);
    let sizes = (
        number(0, 20),
        number(1, 3300),
        number(2, 28),
        number(3, 2000),
    );
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(measure(sizes));
}

async fn measure((accounts, people, ties, questions): (usize, usize, usize, usize)) {
    let folder = tempfile::tempdir().unwrap();
    let bus = Arc::new(InProcessBus::default());
    let (tokens, signer) = testing::verifier_for(wiring::NAME);
    let shutdown = Shutdown::new();
    let context = Context {
        data: folder.path().to_owned(),
        bus: bus.clone(),
        clock: Arc::new(SystemClock),
        tokens,
        shutdown: shutdown.clone(),
    };
    let settings = wiring::Settings {
        graph_memory_mib: 2048,
        ..wiring::Settings::default()
    };
    let mut service = wiring::standalone(&context, settings).await.unwrap();
    let routes = over_a_socket(service.routes.clone(), &shutdown).await;
    let client = testing::TestClient::new(routes, signer, wiring::NAME);
    service.start(&shutdown);

    let owners: Vec<AccountId> = (0..accounts).map(|_| AccountId::generate()).collect();
    let books: Vec<Vec<PersonId>> = owners
        .iter()
        .map(|_| (0..people).map(|_| PersonId::generate()).collect())
        .collect();
    let mut random = Random(42);
    let begun = Instant::now();
    let mut count = 0;
    let mut batch = vec![seal(&circle(&owners))];
    for (owner, book) in owners.iter().zip(&books) {
        for id in book {
            batch.push(seal(&person(*owner, *id, &mut random, accounts * people)));
            batch.push(seal(&mail(*owner, *id, None, &mut random)));
            for _ in 0..ties {
                let other = book[random.below(book.len())];
                if other != *id {
                    batch.push(seal(&mail(*owner, *id, Some(other), &mut random)));
                }
            }
            if batch.len() > 2000 {
                count += batch.len();
                bus.publish(&std::mem::take(&mut batch)).await.unwrap();
            }
        }
    }
    count += batch.len();
    bus.publish(&batch).await.unwrap();
    let (asker, target) = (owners[0], books[accounts - 1][people - 1]);
    let last = PersonId::generate();
    bus.publish(&[seal(&person(asker, last, &mut random, 1))])
        .await
        .unwrap();
    wait_for(&client, asker, last).await;
    println!(
        "{count} events taken in {:.1} s",
        begun.elapsed().as_secs_f64()
    );

    let begun = Instant::now();
    let first = client
        .as_account(asker.0)
        .get(&format!("/api/v1/paths?to={target}"))
        .await;
    let _: serde_json::Value = first.json();
    println!(
        "first answer (graph made) after {:.2} s",
        begun.elapsed().as_secs_f64()
    );
    let mut took = Vec::with_capacity(questions);
    for _ in 0..questions {
        let asker = owners[random.below(accounts)];
        let book = &books[random.below(accounts)];
        let target = book[random.below(book.len())];
        let begun = Instant::now();
        let answer = client
            .as_account(asker.0)
            .get(&format!("/api/v1/paths?to={target}"))
            .await;
        took.push(begun.elapsed().as_micros());
        assert!(answer.status.is_success(), "{}", answer.text());
    }
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
    println!(
        "GET /paths over {questions} questions: p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, most {:.2} ms",
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
    shutdown.request();
}

/// Serves the service at a socket; what is answered passes on to it over kept connections.
async fn over_a_socket(routes: Routes, shutdown: &Shutdown) -> Routes {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Stack::new(wiring::NAME, &HttpSettings::default()).apply(routes);
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        serve(routes, listener, &shutdown, &ServeSettings::default()).await;
    });
    let base = format!("http://{address}").parse().unwrap();
    let upstream = Upstream::http([base], Duration::from_secs(5), Duration::from_secs(60)).unwrap();
    Routes::new().rest(move |request: Request| {
        let upstream = upstream.clone();
        async move { upstream.call(request).await }
    })
}

/// Waits until the last event has been handled; makes no graph.
async fn wait_for(client: &testing::TestClient, owner: AccountId, last: PersonId) {
    let path = format!("/api/v1/people/{last}/annotations");
    while !client
        .as_account(owner.0)
        .get(&path)
        .await
        .status
        .is_success()
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn seal<E: Event>(event: &E) -> Envelope {
    Envelope::seal(event, now(), &Cause::default())
}

fn now() -> Timestamp {
    use skeleton_durable::clock::Clock;
    SystemClock.now()
}

fn circle(owners: &[AccountId]) -> CircleChanged {
    let member = |account_id: &AccountId| CircleMember {
        account_id: *account_id,
        display_name: "Somebody".to_owned(),
        since: now(),
        sharing: Sharing::Name,
        exceptions: Vec::new(),
    };
    CircleChanged {
        circle_id: CircleId::generate(),
        version: 1,
        name: "Alumni".to_owned(),
        members: owners.iter().map(member).collect(),
    }
}

/// One in ten persons is in several books.
fn person(owner: AccountId, id: PersonId, random: &mut Random, all: usize) -> PersonChanged {
    let human = if random.below(10) == 0 {
        random.below(all / 20 + 1)
    } else {
        all + random.below(all * 100)
    };
    PersonChanged {
        person_id: id,
        account_id: owner,
        version: 1,
        state: PersonState::Active,
        display_name: format!("Person {human}"),
        other_names: Vec::new(),
        emails: Vec::new(),
        phones: Vec::new(),
        employments: vec![Employment {
            organisation: format!("Organisation {}", random.below(500)),
            title: None,
            current: true,
        }],
        labels: Vec::new(),
        keys: vec![KeyHash(format!("{human:032x}"))],
        connections: Vec::new(),
        aliases: Vec::new(),
    }
}

fn mail(
    owner: AccountId,
    person: PersonId,
    other: Option<PersonId>,
    random: &mut Random,
) -> InteractionsChanged {
    let day = date(2026, 1 + random.below(10) as i8, 1);
    InteractionsChanged {
        account_id: owner,
        person_id: other.map_or(person, |other| other.min(person)),
        other_id: other.map(|other| other.max(person)),
        version: 1,
        buckets: vec![InteractionBucket {
            source: "mail".to_owned(),
            kind: InteractionKind::Mail,
            month: day,
            sent: random.below(12) as u32 + 1,
            received: random.below(12) as u32,
            group_size: GroupSize::Small,
            last_at: day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp(),
        }],
    }
}
