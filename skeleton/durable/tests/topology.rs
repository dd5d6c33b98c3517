//! The topology: an account for each service that can reach its own things only, publishers that
//! wait for what is missing, and plans that an operator applies.

#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(feature = "engines")]

mod support;

use std::{sync::Arc, time::Duration};

use lapin::{
    Connection, ConnectionProperties,
    options::{BasicConsumeOptions, ExchangeDeclareOptions, QueueDeclareOptions},
    types::FieldTable,
};
use serde_json::json;
use skeleton_durable::{
    Event as _,
    bus::{
        Bus as _, Tapped,
        rabbitmq::{Declares, RabbitMqBus, Settings, State},
    },
    contract::{EntryChanged, balance, event, eventually},
    topology::{
        Topology,
        management::{Management, ManagementError, Permit},
        plan::{Difference, Plan},
    },
};
use support::{Databases, address};
use tokio_util::sync::CancellationToken;

const KINDS: [&str; 1] = [EntryChanged::TYPE];

fn topology() -> Topology {
    Topology {
        exchange: format!("topology-{}", uuid::Uuid::now_v7().simple()),
        consumers: vec![("one", KINDS.to_vec()), ("two", KINDS.to_vec())],
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

fn management() -> Management {
    let url = address("KITH_TEST_RABBITMQ_MANAGEMENT");
    Management::new(client(), &url, "/").unwrap()
}

/// A call that the plan has no need of.
async fn call(method: reqwest::Method, path: &str, body: Option<serde_json::Value>) {
    let base = address("KITH_TEST_RABBITMQ_MANAGEMENT");
    let mut request = client().request(method, format!("{base}/api/{path}"));
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{path}: {status}: {text}");
}

/// An account as `deploy` gives one to each service: it configures and reads what bears its name,
/// publishes to the exchange, and binds to it. Its address.
async fn account(topology: &Topology, service: &str) -> String {
    let exchange = &topology.exchange;
    let user = format!("{exchange}-{service}");
    let own = format!(r"{exchange}\.({service}|{service}\.bound\..*|tap\.{service}\..*)");
    let body = json!({"password": "secret", "tags": ""});
    call(reqwest::Method::PUT, &format!("users/{user}"), Some(body)).await;
    let rights = json!({
        "configure": format!("^{own}$"),
        "write": format!(r"^({own}|{exchange}|amq\.default)$"),
        "read": format!("^({own}|{exchange})$"),
    });
    let path = format!("permissions/%2f/{user}");
    call(reqwest::Method::PUT, &path, Some(rights)).await;
    let mut url: url::Url = address("KITH_TEST_RABBITMQ").parse().unwrap();
    url.set_username(&user).unwrap();
    url.set_password(Some("secret")).unwrap();
    url.to_string()
}

async fn forget(topology: &Topology, services: &[&str]) {
    for service in services {
        let path = format!("users/{}-{service}", topology.exchange);
        call(reqwest::Method::DELETE, &path, None).await;
    }
}

fn bus(
    url: &str,
    service: &str,
    topology: &Topology,
    stop: &CancellationToken,
) -> Arc<RabbitMqBus> {
    let mut settings = Settings::new(url, service, topology.clone());
    settings.declares = Declares::Own(service.to_owned());
    settings.recheck = Duration::from_millis(100);
    Arc::new(RabbitMqBus::new(settings, stop.clone()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_with_rights_to_its_own_only_publishes_once_everybody_is_there() {
    let topology = topology();
    let (one_url, two_url) = (
        account(&topology, "one").await,
        account(&topology, "two").await,
    );
    let stop = CancellationToken::new();
    let one = bus(&one_url, "one", &topology, &stop);

    // Nobody prepared the exchange, and it is not theirs to make.
    let told = incomplete(&one).await;
    assert!(
        told.contains(&format!("exchange {} is missing", topology.exchange)),
        "{told}"
    );
    assert!(told.contains("topology apply"), "{told}");
    let path = format!("exchanges/%2f/{}", topology.exchange);
    let body = json!({"type": "topic", "durable": true});
    call(reqwest::Method::PUT, &path, Some(body)).await;

    // The other consumer has never been started: its events wait.
    let queue = topology.queue("two");
    eventually("the missing queue to be named", || async {
        incomplete(&one)
            .await
            .contains(&format!("queue {queue} is missing"))
    })
    .await;
    let early = event("early", 1);
    let refused = one.publish(std::slice::from_ref(&early)).await.unwrap_err();
    assert!(refused.confirmed.is_empty());
    assert!(refused.reason.contains(&queue), "{refused}");

    // There, but not bound by this version's types: an event that only others take would be lost.
    call(
        reqwest::Method::PUT,
        &format!("queues/%2f/{queue}"),
        Some(
            json!({"durable": true, "arguments": {"x-queue-type": "quorum",
            "x-delivery-limit": 1_000_000, "x-overflow": "reject-publish"}}),
        ),
    )
    .await;
    eventually("the missing bindings to be named", || async {
        incomplete(&one)
            .await
            .contains("is not bound to every event type")
    })
    .await;

    let mut databases = Databases::default();
    let stores = [databases.store("one").await, databases.store("two").await];
    let two = bus(&two_url, "two", &topology, &stop);
    let mut tap = two.tap();
    balance_consumer(&two, "two", stores[1].clone(), &stop).await;
    balance_consumer(&one, "one", stores[0].clone(), &stop).await;
    eventually("both to be ready", || async {
        one.state() == State::Connected && two.state() == State::Connected
    })
    .await;
    while !matches!(tap.next().await, Some(Tapped::Missed)) {}
    one.publish(std::slice::from_ref(&early)).await.unwrap();
    one.send_to("two", &[event("to two", 1)]).await.unwrap();
    use skeleton_durable::contract::Ledger as _;
    eventually("the effects", || async {
        stores[0].read("effect-one-early").await.is_some()
            && stores[1].read("effect-two-early").await.is_some()
            && stores[1].read("effect-two-to two").await.is_some()
    })
    .await;
    assert!(stores[0].read("effect-one-to two").await.is_none());
    assert!(
        matches!(tap.next().await, Some(Tapped::Event(_))),
        "a tap of its own name"
    );

    others_are_out_of_reach(&one_url, &topology).await;
    stop.cancel();
    one.ended().await;
    two.ended().await;
    forget(&topology, &["one", "two"]).await;
}

async fn incomplete(bus: &RabbitMqBus) -> String {
    let mut told = None;
    for _ in 0..2000 {
        if let State::Incomplete { reason, .. } = bus.state() {
            told = Some(reason);
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let told = told.unwrap_or_else(|| panic!("all is well: {}", bus.state()));
    assert!(bus.ping().await.is_err());
    told
}

async fn balance_consumer(
    bus: &RabbitMqBus,
    consumer: &'static str,
    store: Arc<skeleton_durable::sql::postgres::Store>,
    stop: &CancellationToken,
) {
    let subscription = balance::subscription(consumer, store, 20);
    bus.subscribe(subscription, stop.clone()).await.unwrap();
}

async fn others_are_out_of_reach(url: &str, topology: &Topology) {
    let other = topology.queue("two");
    let connection = Connection::connect(url, ConnectionProperties::default())
        .await
        .unwrap();
    let denied = |error: lapin::Error| assert!(error.to_string().contains("ACCESS"), "{error}");
    let channel = connection.create_channel().await.unwrap();
    let read = channel.basic_consume(
        other.as_str().into(),
        "".into(),
        BasicConsumeOptions::default(),
        FieldTable::default(),
    );
    denied(read.await.map(drop).unwrap_err());
    let channel = connection.create_channel().await.unwrap();
    denied(
        channel
            .queue_purge(other.as_str().into(), Default::default())
            .await
            .map(drop)
            .unwrap_err(),
    );
    let channel = connection.create_channel().await.unwrap();
    denied(
        channel
            .queue_delete(other.as_str().into(), Default::default())
            .await
            .map(drop)
            .unwrap_err(),
    );
    let channel = connection.create_channel().await.unwrap();
    let new = QueueDeclareOptions::default();
    let name = format!("{}.three", topology.exchange);
    denied(
        channel
            .queue_declare(name.as_str().into(), new, FieldTable::default())
            .await
            .map(drop)
            .unwrap_err(),
    );
    let channel = connection.create_channel().await.unwrap();
    denied(
        channel
            .exchange_declare(
                "somebody-elses".into(),
                lapin::ExchangeKind::Topic,
                ExchangeDeclareOptions::default(),
                FieldTable::default(),
            )
            .await
            .unwrap_err(),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_differs_and_applying_it_leaves_nothing() {
    let (management, topology) = (management(), topology());
    let plan = management.plan(&topology, 3).await.unwrap();
    assert!(
        plan.to_string()
            .contains(&format!("+ queue {}", topology.queue("one"))),
        "{plan}"
    );
    let applied = management
        .apply(&topology, &plan, Permit::default())
        .await
        .unwrap();
    assert!(
        applied.iter().all(|applied| applied.stays.is_none()),
        "{applied:?}"
    );
    assert_empty(&management.plan(&topology, 3).await.unwrap());

    // What was applied is what a service would declare, and what it checks.
    let stop = CancellationToken::new();
    let everything = Settings::new(
        address("KITH_TEST_RABBITMQ"),
        "everything",
        topology.clone(),
    );
    let own = bus(&address("KITH_TEST_RABBITMQ"), "nobody", &topology, &stop);
    let everything = RabbitMqBus::new(everything, stop.clone());
    for bus in [&everything, &*own] {
        bus_eventually(bus).await;
        bus.publish(&[event("k", 1)]).await.unwrap();
    }
    assert_empty(&management.plan(&topology, 3).await.unwrap());

    // A newer version wants other types and no second consumer.
    let newer = Topology {
        consumers: vec![("one", vec![EntryChanged::TYPE, "ledger.another"])],
        ..topology.clone()
    };
    let plan = management.plan(&newer, 4).await.unwrap();
    let queue = topology.queue("two");
    assert!(plan.to_string().contains("version 4 (was 3)"), "{plan}");
    let applied = management
        .apply(&newer, &plan, Permit::default())
        .await
        .unwrap();
    let stays: Vec<_> = applied
        .iter()
        .filter(|applied| applied.stays.is_some())
        .collect();
    assert!(
        matches!(&stays[..], [one] if matches!(&one.difference,
        Difference::ExtraQueue { queue: extra, .. } if *extra == queue)),
        "{stays:?}"
    );
    let permit = Permit {
        drop_queues: true,
        ..Permit::default()
    };
    let plan = management.plan(&newer, 4).await.unwrap();
    let applied = management.apply(&newer, &plan, permit).await.unwrap();
    let why = applied[0].stays.as_deref();
    assert!(why.is_some_and(|why| why.contains("not empty")), "{why:?}");

    // The older program must not take it back without being told to.
    let back = management.plan(&topology, 3).await.unwrap();
    let refused = management.apply(&topology, &back, Permit::default()).await;
    assert!(
        matches!(refused, Err(ManagementError::Older { found: 4 })),
        "{refused:?}"
    );
    let older = Permit {
        older: true,
        ..Permit::default()
    };
    management.apply(&topology, &back, older).await.unwrap();
    let plan = management.plan(&topology, 3).await.unwrap();
    assert_empty(&plan);
    let found = management.found(&topology).await.unwrap();
    let queue = topology.queue("one");
    assert!(
        !found
            .bindings
            .contains(&(queue, "ledger.another".to_owned())),
        "{found:?}"
    );
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_other_arguments_is_explained_and_recreated_when_empty_and_asked_for() {
    let (management, topology) = (management(), topology());
    let queue = topology.queue("one");
    let body = json!({"durable": true, "arguments": {"x-queue-type": "quorum", "x-delivery-limit": 20, "x-overflow": "reject-publish"}});
    call(
        reqwest::Method::PUT,
        &format!("queues/%2f/{queue}"),
        Some(body),
    )
    .await;

    let stop = CancellationToken::new();
    let settings = Settings::new(
        address("KITH_TEST_RABBITMQ"),
        "everything",
        topology.clone(),
    );
    let bus = RabbitMqBus::new(settings, stop.clone());
    let told = incomplete(&bus).await;
    for part in [
        queue.as_str(),
        "x-delivery-limit",
        "20",
        "1000000",
        "topology plan",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }

    let plan = management.plan(&topology, 1).await.unwrap();
    let changed = format!("! queue {queue}: x-delivery-limit is 20, expected 1000000");
    assert!(plan.to_string().contains(&changed), "{plan}");
    let applied = management
        .apply(&topology, &plan, Permit::default())
        .await
        .unwrap();
    assert!(applied.iter().any(|applied| applied.stays.is_some()));
    let recreate = Permit {
        recreate_queues: true,
        ..Permit::default()
    };
    let plan = management.plan(&topology, 1).await.unwrap();
    management.apply(&topology, &plan, recreate).await.unwrap();
    assert_empty(&management.plan(&topology, 1).await.unwrap());
    bus_eventually(&bus).await;
    bus.publish(&[event("k", 1)]).await.unwrap();
    stop.cancel();
}

async fn bus_eventually(bus: &RabbitMqBus) {
    eventually("the bus to be ready", || async {
        bus.state() == State::Connected
    })
    .await;
}

fn assert_empty(plan: &Plan) {
    assert!(plan.is_empty(), "{plan}");
    assert!(plan.to_string().ends_with("nothing differs"));
}
