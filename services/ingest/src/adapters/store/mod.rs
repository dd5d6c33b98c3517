//! The store in SQL. The text is in `book.rs`, `imports.rs`, `mail.rs` and `write*.rs`, and is
//! compiled for each database by a module of its own. What stands in columns as JSON or as words is
//! in `stored`.

// Each file is compiled once a dialect: what differs it takes from `super`.
#![allow(clippy::duplicate_mod)]

mod stored;

#[path = "."]
pub(crate) mod sqlite {
    pub(crate) use skeleton_durable::sql::sqlite::{Settings, Store, Write, dialect, scan};

    mod book;
    mod census;
    #[cfg(test)]
    mod contract;
    mod imports;
    mod mail;
    #[cfg(test)]
    mod on_sqlite;
    mod port;
    mod rows;
    mod tables;
    mod write;
    mod write_account;
    mod write_book;
    mod write_imports;
    mod write_mail;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "ingest_migrations" on "sqlite";
    }
}

#[cfg(feature = "distributed")]
#[path = "."]
pub(crate) mod postgres {
    pub(crate) use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};

    mod book;
    mod census;
    #[cfg(test)]
    mod contract;
    mod imports;
    mod mail;
    #[cfg(test)]
    mod on_postgres;
    mod port;
    mod rows;
    mod tables;
    mod write;
    mod write_account;
    mod write_book;
    mod write_imports;
    mod write_mail;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "ingest_migrations" on "postgres";
    }
}
