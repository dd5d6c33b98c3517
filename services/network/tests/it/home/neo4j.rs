//! The Neo4j that `KITH_TEST_NEO4J` names. The community edition has one database: whoever holds a
//! home holds it alone, and finds it empty.

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use kith_network::wiring;
use serde_json::Value;
use skeleton_durable::{
    migrations::Migrations,
    neo4j::{Settings, Store, column},
};
use skeleton_service::{Context, Service};
use tokio::sync::{Mutex, OwnedMutexGuard};

static ONLY: LazyLock<Arc<Mutex<()>>> = LazyLock::new(Arc::default);

/// What the skeleton needs to open a store; the service brings its own.
const NO_MIGRATIONS: Migrations = Migrations {
    table: "test_migrations",
    scripts: &[],
};

#[derive(Clone)]
pub(crate) struct Home {
    store: Store,
    _alone: Arc<OwnedMutexGuard<()>>,
}

fn settings() -> Settings {
    Settings {
        url: std::env::var("KITH_TEST_NEO4J")
            .expect("KITH_TEST_NEO4J must hold the address of a running Neo4j"),
        connections: 12,
    }
}

impl Home {
    pub(crate) async fn empty() -> Self {
        let alone = ONLY.clone().lock_owned().await;
        let store = Store::open(&settings(), NO_MIGRATIONS).await.unwrap();
        let all = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lease \
                   CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS";
        store.run(all, Value::Null).await.unwrap();
        Self {
            store,
            _alone: Arc::new(alone),
        }
    }

    /// Nothing is kept in files.
    pub(crate) fn data(&self) -> PathBuf {
        PathBuf::from("/nonexistent")
    }

    pub(crate) async fn service(&self, context: &Context, given: wiring::Settings) -> Service {
        wiring::distributed(context, given, &settings())
            .await
            .unwrap()
    }

    /// Events in the inbox that wait to be handled. None only once all that was handled can be read: a
    /// reader of Neo4j may see that an event was handled before it sees what came of it, and whoever
    /// asks for the locks of the commit waits until all of it is there.
    pub(crate) async fn waiting(&self) -> usize {
        let waiting = "MATCH (n:Inbox) WHERE n.state = 0 RETURN n.id AS row";
        let seen = self.rows(waiting).await.len();
        if seen > 0 {
            return seen;
        }
        let lock = "MATCH (n:Inbox) SET n.lock = 1 RETURN n.id AS row";
        self.rows(lock).await;
        self.rows(waiting).await.len()
    }

    /// Events that were handled.
    pub(crate) async fn handled(&self) -> usize {
        self.rows("MATCH (n:Inbox) WHERE n.state = 1 RETURN n.id AS row")
            .await
            .len()
    }

    /// Events in the inbox that were put off.
    pub(crate) async fn deferred(&self) -> usize {
        let text = "MATCH (n:Inbox) WHERE n.state = 0 AND n.reason = 'deferred' RETURN n.id AS row";
        self.rows(text).await.len()
    }

    /// Events about interactions that were handled.
    pub(crate) async fn interactions_handled(&self) -> usize {
        let text = "MATCH (n:Inbox) WHERE n.state = 1 AND n.kind CONTAINS 'interactions' \
                    RETURN n.id AS row";
        self.rows(text).await.len()
    }

    /// Everything that events brought, for comparing whole states.
    pub(crate) async fn state(&self) -> Vec<Vec<String>> {
        let queries = [
            "MATCH (n:Account) WHERE n.version > 0 \
             RETURN n.id + n.version + n.display_name + n.verified AS row ORDER BY row",
            "MATCH (n:Circle) RETURN n.id + n.version + n.name + n.members AS row ORDER BY row",
            "MATCH (a:Account)-[:MEMBER_OF]->(c) RETURN a.id + c.id AS row ORDER BY row",
            "MATCH (n:Person) WHERE n.version > 0 \
             RETURN n.id + n.version + '.' + n.state + n.display_name + n.employments + n.keys \
             + n.connections + coalesce(n.aliases, '[]') + coalesce([(n)-[:MERGED_INTO]->(q) | q.id][0], '-') AS row \
             ORDER BY row",
            "MATCH (p)-[n:INTERACTED]->(q) \
             RETURN n.account + p.id + q.id + n.pair + n.version + n.buckets AS row ORDER BY row",
            "MATCH (n:Person) WHERE n.band > 0 RETURN n.id + n.band AS row ORDER BY row",
        ];
        let mut state = Vec::new();
        for query in queries {
            state.push(self.rows(query).await);
        }
        state
    }

    /// What is kept of persons, and names of accounts.
    pub(crate) async fn personal(&self) -> Vec<String> {
        let text = "MATCH (n) WHERE n:Person OR n:Note OR n.display_name IS NOT NULL \
                    RETURN labels(n)[0] AS row";
        self.rows(text).await
    }

    async fn rows(&self, query: &str) -> Vec<String> {
        let rows = self.store.run(query, Value::Null).await.unwrap();
        rows.iter().map(|row| column(row, "row").unwrap()).collect()
    }
}
