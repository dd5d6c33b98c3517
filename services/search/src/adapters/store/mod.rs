//! Projection, inbox and outbox in SQL: the text stands in `sql.rs`, once for both.

// Each file is compiled once a dialect: what differs it takes from `super`.
#![allow(clippy::duplicate_mod)]

pub(in crate::adapters) mod stored;

#[path = "."]
pub(crate) mod sqlite {
    use skeleton_durable::sql::sqlite::{Store, Write, dialect, scan};

    mod sql;
    mod tables;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "search_migrations" on "sqlite";
    }
}

#[cfg(feature = "distributed")]
#[path = "."]
pub(crate) mod postgres {
    use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};

    mod sql;
    mod tables;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "search_migrations" on "postgres";
    }
}
