//! A SQLite file in a folder of its own.

use std::{path::PathBuf, sync::Arc};

use kith_network::wiring;
use skeleton_service::{Context, Service};

#[derive(Clone)]
pub(crate) struct Home(Arc<tempfile::TempDir>);

impl Home {
    pub(crate) async fn empty() -> Self {
        Self(Arc::new(tempfile::tempdir().unwrap()))
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    pub(crate) async fn service(&self, context: &Context, settings: wiring::Settings) -> Service {
        wiring::standalone(context, settings).await.unwrap()
    }

    /// Events in the inbox that wait to be handled.
    pub(crate) async fn waiting(&self) -> usize {
        self.rows("SELECT hex(id) FROM inbox WHERE state = 0")
            .await
            .len()
    }

    /// Events in the inbox that were put off.
    pub(crate) async fn deferred(&self) -> usize {
        let text = "SELECT hex(id) FROM inbox WHERE state = 0 AND reason = 'deferred'";
        self.rows(text).await.len()
    }

    /// Events about interactions that were handled.
    pub(crate) async fn interactions_handled(&self) -> usize {
        let text = "SELECT hex(id) FROM inbox WHERE state = 1 AND kind LIKE '%interactions%'";
        self.rows(text).await.len()
    }

    /// Everything that events brought, for comparing whole states.
    pub(crate) async fn state(&self) -> Vec<Vec<String>> {
        let queries = [
            "SELECT hex(account_id)||version||erased||display_name||verified FROM account \
             WHERE version > 0 ORDER BY 1",
            "SELECT hex(circle_id)||version||name||members FROM circle ORDER BY 1",
            "SELECT hex(account_id)||hex(circle_id) FROM circle_member ORDER BY 1",
            "SELECT hex(person_id)||version||state||coalesce(hex(merged_into), '-')||display_name\
             ||employments||keys||connections||aliases FROM person ORDER BY 1",
            "SELECT hex(account_id)||hex(person_id)||hex(other_id)||version||buckets \
             FROM interactions ORDER BY 1",
            "SELECT hex(person_id)||band FROM band WHERE band > 0 ORDER BY 1",
        ];
        let mut state = Vec::new();
        for query in queries {
            state.push(self.rows(query).await);
        }
        state
    }

    /// What is kept of persons, and names of accounts.
    pub(crate) async fn personal(&self) -> Vec<String> {
        self.rows(
            "SELECT 'person' FROM person UNION ALL SELECT 'interactions' FROM interactions \
             UNION ALL SELECT 'tag' FROM tag UNION ALL SELECT 'annotation' FROM annotation \
             UNION ALL SELECT 'band' FROM band UNION ALL SELECT 'note' FROM note \
             UNION ALL SELECT display_name FROM account WHERE display_name <> ''",
        )
        .await
    }

    async fn rows(&self, query: &'static str) -> Vec<String> {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(self.0.path().join("network/network.sqlite"))
            .read_only(true);
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        let rows: Vec<(String,)> = sqlx::query_as(query).fetch_all(&pool).await.unwrap();
        pool.close().await;
        rows.into_iter().map(|(row,)| row).collect()
    }
}
