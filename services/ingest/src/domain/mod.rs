//! What ingest decides, pure: no input or output, no clock, no randomness.
//!
//! | module | holds |
//! |---|---|
//! | [`account`] | who the owner is: "my addresses" and the region of bare telephone numbers |
//! | [`field`] | the fields of a person: when two values are one, who may edit them |
//! | [`key`] | what records are found by, in the clear, as it is stored and compared |
//! | [`record`] | what a source said of a person, with its precedence |
//! | [`profile`], [`employment`] | the fields of a person, computed from its records |
//! | [`resolution`] | whether two records speak of one human: what speaks for and against it |
//! | [`book`] | which records are one person: decisions, and undoing them |
//! | [`revision`] | which record of a source a newer export means |
//! | [`correspondence`] | messages to monthly counts, and who of the writers is a person |
//! | [`interactions`] | the counts of a pair of persons |
//! | [`intake`] | a batch of a file's records into all of the above |
//! | [`catalogue`] | the tables of formats, sources and fields, for those who show them |
//! | [`import`], [`receipt`] | the life of one import, and what became of its records |

pub mod account;
pub mod book;
pub mod catalogue;
pub mod correspondence;
pub mod employment;
pub mod field;
pub mod import;
pub mod intake;
pub mod interactions;
pub mod key;
pub mod profile;
pub mod receipt;
pub mod record;
pub mod resolution;
pub mod revision;
