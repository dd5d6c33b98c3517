//! TLS to RabbitMQ and PostgreSQL with certificates of one's own: who is not certified by the
//! authority that the address names is not talked to.

#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(feature = "engines")]

#[path = "support/own_engines.rs"]
mod own_engines;
mod support;

use std::{net::TcpListener, path::Path, sync::Arc};

use own_engines::OwnEngines;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use skeleton_durable::{
    Event as _,
    bus::{
        Bus as _,
        rabbitmq::{RabbitMqBus, Settings, State, Topology},
    },
    contract::{EntryChanged, Ledger as _, balance, database::Database, event, eventually},
    sql::postgres,
};
use support::open;
use tokio_util::sync::CancellationToken;

/// An authority, and a certificate of it for `localhost`, as files.
fn certify(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &authority).unwrap();
    for (name, text) in [
        ("ca.pem", authority.pem()),
        ("cert.pem", server.pem()),
        ("key.pem", key.serialize_pem()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_and_rows_travel_over_tls_to_whom_the_own_authority_certifies_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (folder.path().join("ours"), folder.path().join("theirs"));
    certify(&ours);
    certify(&theirs);
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let engines = OwnEngines::up(
        &["postgres", "rabbitmq"],
        &[
            ("KITH_POSTGRES_TLS", ours.display().to_string()),
            ("KITH_RABBITMQ_TLS", ours.display().to_string()),
            ("KITH_RABBITMQ_TLS_PORT", port.to_string()),
        ],
    );
    let server = engines.address("postgres", "KITH_TEST_POSTGRES");
    let database = Database::fresh_on(server, "tls").await;
    let plain: url::Url = database.url().parse().unwrap();
    let with = |host: &str, authority: &Path| {
        let mut url = plain.clone();
        url.set_host(Some(host)).unwrap();
        let authority = authority.join("ca.pem").display().to_string();
        url.query_pairs_mut()
            .append_pair("sslmode", "verify-full")
            .append_pair("sslrootcert", &authority);
        url.to_string()
    };
    let store = open(with("localhost", &ours)).await;
    let (encrypted,): (bool,) =
        sqlx::query_as("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            .fetch_one(store.reader())
            .await
            .unwrap();
    assert!(encrypted);
    for refused in [with("localhost", &theirs), with("127.0.0.1", &ours)] {
        let settings = postgres::Settings {
            url: refused,
            connections: 1,
        };
        let opened =
            postgres::Store::open(&settings, skeleton_durable::contract::postgres::MIGRATIONS);
        let told = format!("{:#}", opened.await.unwrap_err());
        assert!(told.contains("certificate"), "{told}");
    }

    let mut url: url::Url = engines
        .address("rabbitmq", "KITH_TEST_RABBITMQ")
        .replacen("amqp:", "amqps:", 1)
        .parse()
        .unwrap();
    url.set_port(Some(port)).unwrap();
    let bus = |host: &str, authority: &Path, stop: &CancellationToken| {
        let mut url = url.clone();
        url.set_host(Some(host)).unwrap();
        let authority = authority.join("ca.pem").display().to_string();
        url.query_pairs_mut().append_pair("cacertfile", &authority);
        let topology = Topology {
            exchange: "tls".to_owned(),
            consumers: vec![("one", vec![EntryChanged::TYPE])],
        };
        let settings = Settings::new(url.to_string(), "tls", topology);
        Arc::new(RabbitMqBus::new(settings, stop.clone()))
    };
    let stop = CancellationToken::new();
    let good = bus("localhost", &ours, &stop);
    let subscription = balance::subscription("one", store.clone(), 10);
    good.subscribe(subscription, stop.clone()).await.unwrap();
    eventually("a connection", || async {
        good.state() == State::Connected
    })
    .await;
    good.publish(&[event("over-tls", 1)]).await.unwrap();
    eventually("the effect", || async {
        store.read("effect-one-over-tls").await.is_some()
    })
    .await;
    for refused in [
        bus("localhost", &theirs, &stop),
        bus("127.0.0.1", &ours, &stop),
        bus("localhost", folder.path(), &stop),
    ] {
        eventually("a refusal", || async {
            let told = refused.state().to_string();
            told.contains("certificate") || told.contains("cacertfile")
        })
        .await;
    }
    stop.cancel();
    good.ended().await;
    store.close().await;
}
