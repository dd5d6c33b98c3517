//! Several replicas on one store: each sees what another handled, and together they end where one
//! alone does.

use kith_shared::{
    ids::{AccountId, CircleId, PersonId},
    sharing::Sharing,
};

use crate::fixture::*;

#[tokio::test]
async fn what_one_replica_handled_the_other_answers_with_at_once() {
    let network = Network::start().await;
    let beside = network.start_beside().await;
    let [ada, grace]: [AccountId; 2] = std::array::from_fn(|_| AccountId::generate());
    let [alan, joan]: [PersonId; 2] = std::array::from_fn(|_| PersonId::generate());
    let members = vec![
        member(ada, "Ada", Sharing::Name),
        member(grace, "Grace", Sharing::Name),
    ];
    let circle_id = CircleId::generate();
    network
        .told(&[
            seal(&account(ada, "Ada", &[])),
            seal(&circle(circle_id, 1, members.clone())),
            seal(&person(grace, alan, "Alan")),
            seal(&person(grace, joan, "Joan").at("Acme", true)),
        ])
        .await;
    assert_eq!(network.paths(ada, alan).await.len(), 0);
    assert_eq!(beside.paths(ada, alan).await.len(), 0);

    beside.told(&[seal(&wrote(grace, alan, 6))]).await;
    let found = network.paths(ada, alan).await;
    assert_eq!(names(&found[0]), ["Ada", "Grace", "Alan"]);

    network.told(&[seal(&together(grace, alan, joan, 4))]).await;
    let found = beside.paths(ada, joan).await;
    assert_eq!(names(&found[0]), ["Ada", "Grace", "Alan", "Joan"]);

    let mut moved = person(grace, alan, "Alan").at("Acme", true);
    moved.version = 2;
    beside.told(&[seal(&moved)]).await;
    let to_acme = network.get(ada, "/api/v1/paths?to_organisation=acme").await;
    assert_eq!(names(&to_acme["items"][0]), ["Ada", "Grace", "Alan"]);

    let mut alone = members;
    alone[1].sharing = Sharing::Hidden;
    beside.told(&[seal(&circle(circle_id, 2, alone))]).await;
    let to_acme = network.get(ada, "/api/v1/paths?to_organisation=acme").await;
    assert_eq!(to_acme["items"], serde_json::json!([]));
}

/// A broker's exchange of our own, as each of two replicas reaches it.
#[cfg(feature = "distributed")]
fn buses(
    stop: &tokio_util::sync::CancellationToken,
) -> [std::sync::Arc<skeleton_durable::bus::rabbitmq::RabbitMqBus>; 2] {
    use kith_shared::events::network::{AnnotationChanged, ImportApplied, TieChanged};
    use skeleton_durable::{
        Event,
        bus::rabbitmq::{RabbitMqBus, Settings, Topology},
    };
    let url = std::env::var("KITH_TEST_RABBITMQ")
        .expect("KITH_TEST_RABBITMQ must hold the address of a running RabbitMQ");
    let topology = Topology {
        exchange: format!("network-{}", uuid::Uuid::now_v7().simple()),
        consumers: vec![
            (
                kith_network::wiring::NAME,
                kith_shared::catalogue::wanted_by(kith_network::wiring::NAME),
            ),
            (
                "listener",
                vec![
                    TieChanged::TYPE,
                    AnnotationChanged::TYPE,
                    ImportApplied::TYPE,
                ],
            ),
        ],
    };
    std::array::from_fn(|_| {
        let settings = Settings::new(url.clone(), "network's tests", topology.clone());
        std::sync::Arc::new(RabbitMqBus::new(settings, stop.clone()))
    })
}

#[cfg(feature = "distributed")]
#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_behind_one_queue_end_where_one_alone_does() {
    let histories: Vec<_> = (0..12).flat_map(|_| crate::order::history()).collect();
    let expected = crate::order::state_after(&histories, 50).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let [one, two] = buses(&stop);
    let home = crate::home::Home::empty().await;
    let network = Network::start_behind(home.clone(), one).await;
    let _beside = Network::start_behind(home, two).await;
    for events in histories.chunks(100) {
        eventually("the broker takes them", async || {
            network.bus.publish(events).await.ok()
        })
        .await;
    }
    eventually("everything is handled", async || {
        (network.home.handled().await == histories.len()).then_some(())
    })
    .await;
    let state = network.home.state().await;
    stop.cancel();
    assert_eq!(state, expected);
}
