//! The store in SQL: its text stands in `reads` and `writes` and is compiled for each dialect. What
//! stands in columns as JSON or as words is in `stored`.

// Each file is compiled once a dialect: what differs it takes from `super`.
#![allow(clippy::duplicate_mod)]

mod stored;

#[path = "."]
pub(crate) mod sqlite {
    use skeleton_durable::sql::sqlite::{Store, Write, dialect, scan};

    #[cfg(test)]
    mod contract;
    #[cfg(test)]
    #[path = "contract/on_sqlite.rs"]
    mod on_sqlite;
    mod reads;
    mod rows;
    mod tables;
    mod writes;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "ingest_migrations" on "sqlite";
    }
}

#[cfg(feature = "distributed")]
#[path = "."]
pub(crate) mod postgres {
    use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};

    #[cfg(test)]
    mod contract;
    #[cfg(test)]
    #[path = "contract/on_postgres.rs"]
    mod on_postgres;
    mod reads;
    mod rows;
    mod tables;
    mod writes;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "ingest_migrations" on "postgres";
    }
}
