//! Addresses of the engines that the tests are given, and stores on them.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::sync::Arc;

use skeleton_durable::{
    contract::{self, database::Database},
    sql::postgres::{Settings, Store},
};

pub(crate) fn address(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} must hold the address of a running engine"))
}

/// Stores on the server that the tests are given, each in a database of its own.
#[derive(Default)]
pub(crate) struct Databases(Vec<Database>);

impl Databases {
    /// Good for as long as `self`.
    pub(crate) async fn store(&mut self, name: &str) -> Arc<Store> {
        let database = Database::fresh(name).await;
        let store = database.ledger().await;
        self.0.push(database);
        store
    }
}

/// A store at an address that is not the database's own.
pub(crate) async fn open(url: String) -> Arc<Store> {
    let settings = Settings {
        url,
        connections: 6,
    };
    let opened = Store::open(&settings, contract::postgres::MIGRATIONS).await;
    Arc::new(opened.unwrap())
}
