//! The store in SQL, its text written once for both dialects in `rows.rs`, `reads.rs` and
//! `writes.rs`; and the index of people, embedded and on a server.

// Each file of SQL is compiled once a dialect: what differs it takes from `super`.
#![allow(clippy::duplicate_mod)]

#[cfg(test)]
mod contract;
#[cfg(feature = "distributed")]
pub mod elasticsearch;
mod stored;
pub mod tantivy;

#[path = "."]
pub(crate) mod sqlite {
    use skeleton_durable::sql::sqlite::{Store, Write, dialect, scan};

    mod reads;
    mod rows;
    mod tables;
    mod writes;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "search_migrations" on "sqlite";
    }
}

#[cfg(feature = "distributed")]
#[path = "."]
pub(crate) mod postgres {
    use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};

    mod reads;
    mod rows;
    mod tables;
    mod writes;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "search_migrations" on "postgres";
    }
}
