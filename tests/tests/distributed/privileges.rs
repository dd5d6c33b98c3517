//! No service can read what belongs to another, in any engine.

use lapin::{
    Connection, ConnectionProperties,
    options::{BasicGetOptions, QueueDeclareOptions},
    types::{FieldTable, ShortString},
};
use sqlx::Connection as _;

use kith_tests::services;

use crate::{ONE, deployment::Deployment};

/// A setting of a replica, as the script wrote it for the process.
fn setting(service: &str, name: &str) -> String {
    let file = crate::deployment::engines_folder()
        .join("services")
        .join(format!("{service}-1/kith.toml"));
    let text = std::fs::read_to_string(file).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("{name} = ")))
        .unwrap_or_else(|| panic!("{service} has no {name}"));
    line.split('"').nth(1).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_reaches_no_database_and_no_queue_but_its_own() {
    let _one = ONE.lock().await;
    let _deployment = Deployment::fresh(1).await;
    let on_postgres = services::stored_in("postgres");
    for service in &on_postgres {
        let mut own: url::Url = setting(service, "store").parse().unwrap();
        sqlx::PgConnection::connect(own.as_str()).await.unwrap();
        for other in on_postgres
            .iter()
            .map(|other| format!("kith_{other}"))
            .chain(["kith".to_owned(), "postgres".to_owned()])
            .filter(|other| *other != format!("kith_{service}"))
        {
            own.set_path(&other);
            let refused = sqlx::PgConnection::connect(own.as_str()).await.unwrap_err();
            assert!(
                refused.to_string().contains("permission denied"),
                "{service} in {other}: {refused}"
            );
        }
    }
    let consumers: Vec<&str> = kith_shared::catalogue::consumers()
        .into_iter()
        .map(|(consumer, _)| consumer)
        .collect();
    for service in &consumers {
        let connection =
            Connection::connect(&setting(service, "bus"), ConnectionProperties::default())
                .await
                .unwrap();
        for other in consumers.iter().filter(|other| *other != service) {
            let queue = ShortString::from(format!("kith.{other}"));
            let channel = connection.create_channel().await.unwrap();
            let got = channel
                .basic_get(queue.clone(), BasicGetOptions::default())
                .await;
            assert!(
                is_refused(&got),
                "{service} reads the queue of {other}: {got:?}"
            );
            let channel = connection.create_channel().await.unwrap();
            let made = channel
                .queue_declare(
                    format!("kith.{other}.spy").into(),
                    QueueDeclareOptions::default(),
                    FieldTable::default(),
                )
                .await;
            assert!(
                is_refused(&made),
                "{service} makes a queue beside {other}'s: {made:?}"
            );
        }
        connection.close(200, "done".into()).await.unwrap();
    }
}

fn is_refused<T>(outcome: &lapin::Result<T>) -> bool {
    outcome
        .as_ref()
        .is_err_and(|error| error.to_string().contains("ACCESS_REFUSED"))
}
