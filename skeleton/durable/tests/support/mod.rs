//! Addresses of the engines that the tests are given, and stores on them.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::sync::Arc;

use skeleton_durable::{
    contract,
    sql::postgres::{Settings, Store},
};
use sqlx::{AssertSqlSafe, Connection as _};

pub(crate) fn address(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} must hold the address of a running engine"))
}

/// The address of a new database on a server.
pub(crate) async fn database(server: &str, name: &str) -> String {
    let database = format!("{name}_{}", uuid::Uuid::now_v7().simple());
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {database}")))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let mut url: url::Url = server.parse().unwrap();
    url.set_path(&database);
    url.to_string()
}

pub(crate) async fn open(url: String) -> Arc<Store> {
    let settings = Settings {
        url,
        connections: 6,
    };
    let opened = Store::open(&settings, contract::postgres::MIGRATIONS).await;
    Arc::new(opened.unwrap())
}

/// A store on the server that the tests are given.
pub(crate) async fn postgres(name: &str) -> Arc<Store> {
    open(database(&address("KITH_TEST_POSTGRES"), name).await).await
}
