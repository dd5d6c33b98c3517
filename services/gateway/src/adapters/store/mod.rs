//! The store in SQL: its text stands in `reads.rs` and `writes.rs` and is compiled for each dialect.

// Each file is compiled once a dialect: what differs it takes from `super`.
#![allow(clippy::duplicate_mod)]

#[path = "."]
pub(crate) mod sqlite {
    use skeleton_durable::sql::sqlite::{Store, Write, dialect, scan};

    mod reads;
    mod rows;
    mod tables;
    mod writes;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "gateway_migrations" on "sqlite";
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
        pub(crate) const MIGRATIONS = "gateway_migrations" on "postgres";
    }
}

#[cfg(test)]
mod contract;
