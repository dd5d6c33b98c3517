//! The stores and the bus of the program, by kind: opened by it and by its auditor.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use skeleton_durable::{
    Event as _,
    bus::{
        Bus,
        in_process::InProcessBus,
        rabbitmq::{self, RabbitMqBus, Topology},
    },
    contract::{self, EntryChanged, Ledger, database::Database},
    neo4j,
    sql::{postgres, sqlite},
};
use tokio_util::sync::CancellationToken;

/// Which store, which bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Three files and the bus in the process.
    Sqlite,
    /// Three databases and RabbitMQ.
    Postgres,
    /// The publisher and one consumer in Neo4j, which has one database; the other consumer in
    /// PostgreSQL.
    Neo4j,
}

/// Where the program works.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    kind: Kind,
    folder: PathBuf,
    exchange: String,
    databases: Vec<String>,
}

/// The stores, opened.
pub(crate) struct Stores {
    pub(crate) publisher: Arc<dyn Ledger>,
    pub(crate) consumers: [Arc<dyn Ledger>; 2],
    close: Vec<postgres::Store>,
}

pub(crate) fn address(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} must hold the address of a running engine"))
}

impl Place {
    /// A fresh one, good for as long as its databases.
    pub(crate) async fn new(kind: Kind, folder: &Path) -> (Self, Vec<Database>) {
        let mut databases = Vec::new();
        if kind != Kind::Sqlite {
            for name in ["publisher", "one", "two"] {
                databases.push(Database::fresh(&format!("crash_{name}")).await);
            }
        }
        if kind == Kind::Neo4j {
            let store = open_neo4j().await;
            for label in ["Entry", "Inbox", "Outbox", "KeptAnswer"] {
                let text = format!("MATCH (n:{label}) DETACH DELETE n");
                store.run(&text, serde_json::Value::Null).await.unwrap();
            }
        }
        let place = Self {
            kind,
            folder: folder.to_owned(),
            exchange: format!("crash-{}", uuid::Uuid::now_v7().simple()),
            databases: databases.iter().map(Database::url).collect(),
        };
        (place, databases)
    }

    pub(crate) async fn open(&self) -> Stores {
        match self.kind {
            Kind::Sqlite => {
                let file = async |name: &str| {
                    let settings = sqlite::Settings::file(self.folder.join(name));
                    let store = sqlite::Store::open(&settings, contract::sqlite::MIGRATIONS).await;
                    let store: Arc<dyn Ledger> = Arc::new(store.unwrap());
                    store
                };
                Stores {
                    publisher: file("publisher.sqlite").await,
                    consumers: [file("one.sqlite").await, file("two.sqlite").await],
                    close: Vec::new(),
                }
            }
            Kind::Postgres => {
                let [publisher, one, two] = [
                    self.postgres(0).await,
                    self.postgres(1).await,
                    self.postgres(2).await,
                ];
                Stores {
                    close: vec![publisher.clone(), one.clone(), two.clone()],
                    publisher: Arc::new(publisher),
                    consumers: [Arc::new(one), Arc::new(two)],
                }
            }
            Kind::Neo4j => {
                let (store, two) = (Arc::new(open_neo4j().await), self.postgres(2).await);
                Stores {
                    close: vec![two.clone()],
                    publisher: store.clone(),
                    consumers: [store, Arc::new(two)],
                }
            }
        }
    }

    async fn postgres(&self, n: usize) -> postgres::Store {
        let settings = postgres::Settings {
            url: self.databases[n].clone(),
            connections: 4,
        };
        let opened = postgres::Store::open(&settings, contract::postgres::MIGRATIONS).await;
        opened.unwrap()
    }

    pub(crate) fn bus(&self, stop: &CancellationToken) -> Arc<dyn Bus> {
        if self.kind == Kind::Sqlite {
            return Arc::new(InProcessBus::default());
        }
        let topology = Topology {
            exchange: self.exchange.clone(),
            consumers: vec![
                ("one", vec![EntryChanged::TYPE]),
                ("two", vec![EntryChanged::TYPE]),
            ],
        };
        let url = address("KITH_TEST_RABBITMQ");
        let settings = rabbitmq::Settings::new(url, "crash matrix", topology);
        Arc::new(RabbitMqBus::new(settings, stop.clone()))
    }
}

async fn open_neo4j() -> neo4j::Store {
    let settings = neo4j::Settings {
        url: address("KITH_TEST_NEO4J"),
        connections: 4,
    };
    let opened = neo4j::Store::open(&settings, contract::neo4j::MIGRATIONS).await;
    opened.unwrap()
}

impl Stores {
    /// Gives the connections back, of which a server has few.
    pub(crate) async fn close(self) {
        for store in self.close {
            store.close().await;
        }
    }
}
