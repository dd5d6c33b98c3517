//! A PostgreSQL database of its own for one test.

use std::{str::FromStr as _, sync::Arc};

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

use crate::sql::postgres::{Settings, Store};

/// Gone when dropped.
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// On the server at `KITH_TEST_POSTGRES`, without which a test fails.
    pub async fn fresh(name: &str) -> Self {
        let server = std::env::var("KITH_TEST_POSTGRES")
            .expect("KITH_TEST_POSTGRES must hold the address of a running PostgreSQL");
        Self::fresh_on(server, name).await
    }

    pub async fn fresh_on(server: String, name: &str) -> Self {
        let name = format!("{name}_{}", uuid::Uuid::now_v7().simple());
        run(&server, format!("CREATE DATABASE {name}")).await;
        Self { server, name }
    }

    /// Its address.
    pub fn url(&self) -> String {
        let mut url = url::Url::from_str(&self.server).unwrap();
        url.set_path(&self.name);
        url.to_string()
    }

    pub fn settings(&self, connections: u32) -> Settings {
        Settings {
            url: self.url(),
            connections,
        }
    }

    /// Opened with what the contract suites need.
    pub async fn ledger(&self) -> Arc<Store> {
        let opened = Store::open(&self.settings(12), super::postgres::MIGRATIONS).await;
        Arc::new(opened.unwrap())
    }

    /// A connection past the store, to look at it.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.settings(1).url).await.unwrap()
    }
}

/// Blocks, on a thread of its own: `drop` cannot await.
impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(run(&server, format!("DROP DATABASE {name} WITH (FORCE)")));
        });
        let _ = dropped.join();
    }
}

async fn run(server: &str, text: String) {
    let options = sqlx::postgres::PgConnectOptions::from_str(server).unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(text))
        .execute(&mut connection)
        .await
        .unwrap();
}
