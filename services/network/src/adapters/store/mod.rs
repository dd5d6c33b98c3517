//! The store in SQL. The text is written once and reads `super::dialect`; compiled for SQLite here.

use skeleton_durable::{
    migrations::Migrations,
    sql::sqlite::{Settings, Store, Write, dialect},
};

mod codec;
mod erase;
mod reads;
mod rows;
mod writes;

const MIGRATIONS: Migrations = Migrations {
    table: "network_migrations",
    scripts: &[(
        "V1__network",
        include_str!("../../../migrations/sqlite/V1__network.sql"),
    )],
};

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

    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite_keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        let store = super::open_sqlite(folder.path().join("network.sqlite"))
            .await
            .unwrap();
        super::contract::run(Arc::new(store)).await;
    }
}
