//! Two replicas of the gateway on one PostgreSQL and one RabbitMQ: nobody can tell which one
//! answered.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use kith_gateway::wiring::{self, Settings};
use kith_shared::{catalogue, events::users::ErasureRequested, ids::AccountId};
use skeleton_durable::{
    bus::{
        Bus,
        rabbitmq::{self, RabbitMqBus, Topology},
    },
    clock::SystemClock,
    contract::database::Database,
};
use skeleton_host::http::Request;
use skeleton_host::{
    auth::{Caller, TokenVerifier},
    shutdown::Shutdown,
};
use skeleton_service::Context;
use uuid::Uuid;

use crate::{
    live::{Event, Stream, import, person},
    support::{Parties, World, eventually, get, request, seal},
};

/// Within this an update is on every stream.
const SOON: Duration = Duration::from_secs(1);

struct Replicas {
    one: World,
    two: World,
    parties: Parties,
    bus: Arc<RabbitMqBus>,
    shutdown: Shutdown,
    _database: Database,
}

async fn replicas() -> Replicas {
    replicas_with(|_| {}).await
}

async fn replicas_with(change: impl Fn(&mut Settings)) -> Replicas {
    let database = Database::fresh("gateway_test").await;
    let parties = Parties::new();
    let exchange = format!("gateway-test-{}", Uuid::now_v7().simple());
    let one = replica(&database, &parties, &exchange, &change).await;
    let two = replica(&database, &parties, &exchange, &change).await;
    let shutdown = Shutdown::new();
    let bus = bus(&exchange, "publisher", &shutdown);
    Replicas {
        one,
        two,
        parties,
        bus,
        shutdown,
        _database: database,
    }
}

impl Drop for Replicas {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

fn bus(exchange: &str, name: &str, until: &Shutdown) -> Arc<RabbitMqBus> {
    let address = std::env::var("KITH_TEST_RABBITMQ")
        .expect("KITH_TEST_RABBITMQ must hold the address of a running RabbitMQ");
    let topology = Topology {
        exchange: exchange.to_owned(),
        consumers: catalogue::consumers(),
    };
    let settings = rabbitmq::Settings::new(&address, name, topology);
    Arc::new(RabbitMqBus::new(settings, until.token()))
}

async fn replica(
    database: &Database,
    parties: &Parties,
    exchange: &str,
    change: &impl Fn(&mut Settings),
) -> World {
    let mut settings = Settings {
        web: Some("/nonexistent".into()),
        hosts: vec!["kith.example".to_owned()],
        ..Settings::default()
    };
    change(&mut settings);
    let mut world = World::empty(parties);
    let context = Context {
        data: "/nonexistent".into(),
        bus: bus(exchange, "gateway", &world.shutdown),
        clock: Arc::new(SystemClock),
        tokens: TokenVerifier::new("gateway", &parties.signer.public_keys()),
        shutdown: world.shutdown.clone(),
    };
    let service =
        wiring::distributed(&context, settings, &database.settings(6), parties.parts()).await;
    world.open_with(service.unwrap().with_operations(&context));
    world
}

impl Stream {
    /// The next event that is not about people: those come whenever a bus is heard again.
    async fn expect_past_people(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if event.name != "person" {
                assert_eq!(event.name, name, "{event:?}");
                return event;
            }
        }
    }
}

impl Replicas {
    fn both(&self) -> [&World; 2] {
        [&self.one, &self.two]
    }

    async fn publish<E: skeleton_durable::Event>(&self, events: &[E]) {
        self.bus.publish(&seal(events)).await.unwrap();
    }

    /// A session that both replicas have asked for.
    async fn signed_in(&self, token: &str) -> Caller {
        let caller = self.parties.sign_in(token);
        for replica in self.both() {
            assert_eq!(replica.ask(me(token)).await.status, 200);
        }
        caller
    }
}

fn me(token: &str) -> Request {
    get("/api/v1/me").header("authorization", format!("Bearer {token}"))
}

fn from(address: &str, request: Request) -> Request {
    let peer: SocketAddr = address.parse().unwrap();
    request.from_peer(peer)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_soon_on_the_streams_of_every_replica_in_one_order() {
    let replicas = replicas().await;
    let ada = replicas.signed_in("ada").await;
    let mut streams = Vec::new();
    for replica in replicas.both() {
        let mut stream = Stream::open(replica, "ada", None).await;
        stream.expect("hello").await;
        streams.push(stream);
    }
    let mut told = Vec::new();
    for version in 1..=6 {
        let import = import(ada.account, version);
        replicas.publish(std::slice::from_ref(&import)).await;
        let published = tokio::time::Instant::now();
        for stream in &mut streams {
            let update = stream.expect_past_people("import").await;
            assert_eq!(update.id, version);
            assert!(update.data.contains(&import.import_id.to_string()));
        }
        told.push(published.elapsed());
    }
    told.sort();
    assert!(told[told.len() / 2] < SOON, "{told:?}");
    // Who comes back, comes back to whichever replica is there.
    for replica in replicas.both() {
        let mut back = Stream::open(replica, "ada", Some(4)).await;
        assert_eq!(back.expect("hello").await.id, 4);
        for id in [5, 6] {
            assert_eq!(back.expect_past_people("import").await.id, id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_written_by_both_replicas_at_once_are_told_once_each() {
    let replicas = replicas().await;
    let ada = replicas.signed_in("ada").await;
    let mut stream = Stream::open(&replicas.two, "ada", None).await;
    stream.expect("hello").await;
    let imports: Vec<_> = (1..=100)
        .map(|version| import(ada.account, version))
        .collect();
    for imports in imports.chunks(10) {
        replicas.publish(imports).await;
    }
    let mut seen = std::collections::BTreeSet::new();
    for id in 1..=100 {
        let update = stream.expect_past_people("import").await;
        assert_eq!(update.id, id);
        seen.insert(update.data);
    }
    assert_eq!(seen.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_person_is_told_on_every_replica_and_written_by_none() {
    let replicas = replicas().await;
    let ada = replicas.signed_in("ada").await;
    let mut streams = Vec::new();
    for replica in replicas.both() {
        let mut stream = Stream::open(replica, "ada", None).await;
        stream.expect("hello").await;
        streams.push(stream);
    }
    // The bus is heard from some moment on; until then changes are told as several.
    let bo = person(ada.account);
    for stream in &mut streams {
        loop {
            replicas.publish(std::slice::from_ref(&bo)).await;
            let told = stream.expect("person").await;
            assert_eq!(told.id, 0);
            if told.data.contains(&bo.person_id.to_string()) {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_replica_forgets_the_sessions_of_an_account_that_something_became_of() {
    let replicas = replicas().await;
    let ada = replicas.signed_in("ada").await;
    let mut stream = Stream::open(&replicas.two, "ada", None).await;
    stream.expect("hello").await;
    let bo = person(ada.account);
    while {
        replicas.publish(std::slice::from_ref(&bo)).await;
        stream.expect("person").await.data != format!(r#"{{"id":"{}"}}"#, bo.person_id)
    } {}
    for replica in replicas.both() {
        assert_eq!(replica.ask(me("ada")).await.status, 200);
    }
    let begun = tokio::time::Instant::now();
    replicas.parties.sign_out("ada");
    replicas
        .publish(&[ErasureRequested {
            account_id: AccountId(ada.account),
            version: 9,
        }])
        .await;
    for replica in replicas.both() {
        eventually("the session was forgotten", async || {
            replica.ask(me("ada")).await.status == 401
        })
        .await;
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "by itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_for_all_replicas_together() {
    let quota = 100;
    let replicas = replicas_with(|settings| settings.limits.account_per_minute = quota).await;
    replicas.parties.sign_in("busy");
    let mut served = 0;
    let begun = tokio::time::Instant::now();
    // As one who is sent to the replicas in turn, and does not listen.
    for _ in 0..150 {
        for replica in replicas.both() {
            served += u32::from(replica.ask(me("busy")).await.status == 200);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(served >= quota, "{served}");
    // What filled up again, and what may pass between two tellings; each by itself gave 200.
    let filled_up = quota * u32::try_from(begun.elapsed().as_secs()).unwrap() / 60;
    let most = quota + filled_up + quota / 2;
    assert!(served <= most, "{served} of at most {most}");
    for replica in replicas.both() {
        assert_eq!(replica.ask(me("busy")).await.status, 429);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_are_counted_strictly_over_all_replicas() {
    let replicas = replicas_with(|settings| settings.limits.sign_ins_per_minute = 3).await;
    let sign_in = || from("203.0.113.1:2", request("POST", "/api/v1/sessions"));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        for replica in replicas.both() {
            statuses.push(replica.ask(sign_in()).await.status);
        }
    }
    assert_eq!(statuses, [201, 201, 201, 429, 429, 429]);
    let refused = replicas.two.ask(sign_in()).await;
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    let other = from("203.0.113.2:2", request("POST", "/api/v1/sessions"));
    assert_eq!(replicas.two.ask(other).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_ends_with_its_replica_goes_on_at_the_other() {
    let replicas = replicas().await;
    let ada = replicas.signed_in("ada").await;
    let mut stream = Stream::open(&replicas.one, "ada", None).await;
    stream.expect("hello").await;
    replicas.publish(&[import(ada.account, 1)]).await;
    let last = stream.expect_past_people("import").await;
    let begun = tokio::time::Instant::now();
    replicas.one.shutdown.request();
    while stream.next().await.is_some() {}
    assert!(begun.elapsed() < SOON, "a stream must not hold up the end");
    replicas.publish(&[import(ada.account, 2)]).await;
    let mut back = Stream::open(&replicas.two, "ada", Some(last.id)).await;
    assert_eq!(
        back.expect("hello").await.data,
        r#"{"id":null,"missed":false}"#
    );
    assert_eq!(back.expect_past_people("import").await.id, 2);
}
