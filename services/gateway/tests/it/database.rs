//! A PostgreSQL database that belongs to one test.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are outside of tests"
)]

use skeleton_durable::sql::postgres;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use url::Url;
use uuid::Uuid;

/// Gone when dropped.
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// On the server at `KITH_TEST_POSTGRES`; without one the test fails.
    pub(crate) async fn create() -> Self {
        let server = std::env::var("KITH_TEST_POSTGRES")
            .expect("KITH_TEST_POSTGRES must hold the address of a running PostgreSQL");
        let name = format!("gateway_test_{}", Uuid::now_v7().simple());
        let database = Self { server, name };
        let text = format!("CREATE DATABASE {}", database.name);
        run(&database.server, text).await.unwrap();
        database
    }

    pub(crate) fn settings(&self, connections: u32) -> postgres::Settings {
        let mut url: Url = self.server.parse().unwrap();
        url.set_path(&self.name);
        postgres::Settings {
            url: url.to_string(),
            connections,
        }
    }
}

impl Drop for Database {
    /// Blocks, on a thread of its own: `drop` cannot await.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let text = format!("DROP DATABASE {name} WITH (FORCE)");
            runtime.block_on(run(&server, text))
        });
        // What is left of a failed test does no harm.
        let _ = dropped.join();
    }
}

async fn run(server: &str, text: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(server).await?;
    sqlx::raw_sql(AssertSqlSafe(text))
        .execute(&mut connection)
        .await?;
    connection.close().await
}
