//! What is stored as JSON: types of their own, so that what is on disk does not change with the
//! parsers; the owner's edit is written by the table of fields, whose keys never change.
//!
//! | column | type | written |
//! |---|---|---|
//! | `record.said` | [`StoredSaid`]: [`contact`], or the owner's [`edit`] | once; a record is never written again |
//! | `record.keys` | [`StoredKeys`] | once |
//! | `account.emails` | [`StoredEmails`] | whole, with each event of users |
//! | `account.keys` | [`StoredKeyHashes`] | whole, with each event of users |
//!
//! What a later version added to a record of a file stays on disk untouched, since no version writes
//! such a record again. The owner's edit is the one that is read, changed and written again: it
//! carries along what it does not know.
//!
//! Every form that was ever written has a file in `tests/golden`, which is read for ever; see
//! `golden.rs` and [`skeleton_durable::stored`]. Words in columns of their own are in [`words`].

mod account;
mod contact;
mod edit;
#[cfg(test)]
mod golden;
mod said;
pub(super) mod words;

pub(super) use self::{
    account::{StoredEmails, StoredKeyHashes},
    said::{StoredKeys, StoredSaid},
};
