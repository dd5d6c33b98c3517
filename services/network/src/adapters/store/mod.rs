//! The store: in SQL here, whose text is written once and reads `super::dialect` (compiled for
//! SQLite), and in Neo4j.

use skeleton_durable::sql::sqlite::{Settings, Store};

#[cfg(feature = "distributed")]
pub(crate) mod neo4j;
mod reads;
mod rows;
mod stored;
mod tables;
mod writes;

pub(crate) use tables::TABLES;

skeleton_durable::migrations! {
    pub(crate) const MIGRATIONS = "network_migrations" on "sqlite";
}

/// Opens or creates the file at `path`.
///
/// # Errors
/// When it cannot be opened or migrated.
pub(crate) async fn open_sqlite(path: std::path::PathBuf) -> anyhow::Result<Store> {
    Store::open(
        &Settings {
            readers: 4,
            ..Settings::file(path)
        },
        MIGRATIONS,
    )
    .await
}

#[cfg(test)]
mod contract;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use skeleton_durable::{contract::examine_all, sql::sqlite::scan::Scan};

    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite_keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        let store = super::open_sqlite(folder.path().join("network.sqlite"))
            .await
            .unwrap();
        super::contract::run(Arc::new(store.clone())).await;
        let rows = Scan::new(store, super::TABLES);
        let (rows, unreadable) = examine_all(&rows, 7).await;
        assert!(rows > 100, "{rows}");
        assert_eq!(unreadable, []);
    }

    /// The only database that the community edition has, emptied: such tests run one by one.
    #[cfg(feature = "distributed")]
    #[tokio::test(flavor = "multi_thread")]
    async fn neo4j_keeps_the_contract() {
        let settings = skeleton_durable::neo4j::Settings {
            url: std::env::var("KITH_TEST_NEO4J")
                .expect("KITH_TEST_NEO4J must hold the address of a running Neo4j"),
            connections: 12,
        };
        let store = super::neo4j::open(&settings).await.unwrap();
        let all = "MATCH (n) WHERE NOT n:Migration AND NOT n:Lease \
                   CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1000 ROWS";
        store.run(all, serde_json::Value::Null).await.unwrap();
        super::contract::run(Arc::new(store.clone())).await;
        let rows = skeleton_durable::neo4j::scan::Scan::new(store.clone(), super::neo4j::TABLES);
        let (rows, unreadable) = examine_all(&rows, 100).await;
        assert!(rows > 100, "{rows}");
        assert_eq!(unreadable, []);
        let damage = "MATCH (p:Person) WHERE p.version > 0 WITH p LIMIT 1 \
                      SET p.employments = 'no JSON' RETURN p.id AS id";
        let damaged = store.run(damage, serde_json::Value::Null).await.unwrap();
        let id: String = damaged[0].get("id").unwrap();
        let rows = skeleton_durable::neo4j::scan::Scan::new(store, super::neo4j::TABLES);
        let (_, unreadable) = examine_all(&rows, 100).await;
        assert_eq!(
            (unreadable.len(), &unreadable[0].row),
            (1, &id),
            "{unreadable:?}"
        );
    }
}
