//! Stores in SQL: every port of this crate over SQLite and over PostgreSQL.
//!
//! The text is written once, in the files of this folder, and compiled twice: as a part of
//! [`sqlite`] and of `postgres`. What differs between the two stands in their `dialect.rs` and
//! `store.rs`, and nowhere else. Services do the same with their own stores.

// The files written once are named by both.
#![allow(clippy::duplicate_mod)]

mod rows;
pub mod sqlite;

#[cfg(feature = "postgres")]
pub mod postgres;

pub use self::rows::{among, micros, number, push_list};
use crate::commit::CommitError;

/// Why a write of a service was not applied.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It met another version than it expected, or a uniqueness rule.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The database's error.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
}

impl WriteError {
    /// A conflict unless exactly one row was written.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] naming `what`.
    pub fn unless_one(rows: u64, what: &str) -> Result<(), Self> {
        if rows == 1 {
            Ok(())
        } else {
            Err(Self::Conflict(what.to_owned()))
        }
    }
}

/// What a database error means to a caller of a port.
#[must_use]
pub fn classify(error: sqlx::Error) -> CommitError {
    if let Some(database) = error.as_database_error()
        && (database.is_unique_violation() || database.is_foreign_key_violation())
    {
        return CommitError::Conflict(database.message().to_owned());
    }
    match &error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => CommitError::Unavailable(error.to_string()),
        // What a connection that is cut while it is made looks like: no answer where one was due.
        sqlx::Error::Protocol(text) if text.contains("SSLRequest") => {
            CommitError::Unavailable(error.to_string())
        }
        sqlx::Error::Database(database) if is_passing(database.code().as_deref()) => {
            CommitError::Unavailable(error.to_string())
        }
        _ => CommitError::Internal(error.into()),
    }
}

/// PostgreSQL: connection trouble (08), resources (53), shutting down or starting up (57),
/// deadlock and serialisation (40). SQLite, whose lowest byte says so much: busy (5), locked (6), read-only
/// (8), the disk fails (10) or is full (13), the file cannot be opened (14).
fn is_passing(code: Option<&str>) -> bool {
    let Some(code) = code else { return false };
    // PostgreSQL's have five characters, SQLite's are shorter numbers.
    if code.len() == 5 {
        return ["08", "53", "57", "40"]
            .iter()
            .any(|class| code.starts_with(class));
    }
    let code: Option<u32> = code.parse().ok();
    code.is_some_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14))
}

impl From<WriteError> for CommitError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Conflict(what) => Self::Conflict(what),
            WriteError::Sql(error) => classify(error),
        }
    }
}
