//! The store in SQL. The text is written once, in the files of this folder, and compiled for each
//! database; what differs stands in its `mod.rs`.

// Each file is compiled once a dialect: what differs it takes from `super`.
#![allow(clippy::duplicate_mod)]

mod stored;

#[path = "."]
pub(crate) mod sqlite {
    use skeleton_durable::sql::sqlite::{Store, Write, dialect, scan};
    use skeleton_mail::sql::sqlite as mail;

    mod reads;
    mod rows;
    mod tables;
    mod writes;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "users_migrations" on "sqlite";
    }
}

#[cfg(feature = "distributed")]
#[path = "."]
pub(crate) mod postgres {
    use skeleton_durable::sql::postgres::{Store, Write, dialect, scan};
    use skeleton_mail::sql::postgres as mail;

    mod reads;
    mod rows;
    mod tables;
    mod writes;

    pub(crate) use tables::TABLES;

    skeleton_durable::migrations! {
        pub(crate) const MIGRATIONS = "users_migrations" on "postgres";
    }
}
