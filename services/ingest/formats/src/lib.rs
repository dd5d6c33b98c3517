//! Reads the files in which people already keep their contacts and mail.
//!
//! Bytes in, records out. This crate knows nothing of accounts, stores or clocks, and does no
//! I/O beyond the reader it is given. Start with [`detect`], then [`read`]; what comes out is a
//! deterministic sequence of [`Entry`]s, so that a killed import resumes by skipping as many
//! entries as it had already taken.
//!
//! | module | holds |
//! |---|---|
//! | `model` | what a record says: [`Contact`], [`Message`] |
//! | `field` | the fields of a person, and a record's values of them: [`FieldName`], [`Values`] |
//! | `tidy` | takes out of a contact what nobody sees and what stands around an address |
//! | `bounds` | how much of a contact is carried about |
//! | `entry` | one record with its place, its bytes and its content; the [`Limits`] |
//! | `catalogue` | the table of formats: [`Format`] |
//! | `detect` | which format a file is |
//! | `foreign` | what is known and not read, and what to do instead |
//! | `packed` | ZIP archives and gzip: each member by what it is |
//! | `reader` | the iterator over a file; refuses a file of which nothing could be read |
//! | `encoded` | encoded words of mail headers |
//! | `charset`, `text`, `table` | encodings; line ends; CSV rows found by header name |
//! | `linkedin`, `google`, `vcard`, `mbox` | one format each |
//!
//! Every parser holds at most a record and a buffer in memory, whatever the file's size.

mod bounds;
mod catalogue;
mod charset;
mod dates;
mod detect;
mod encoded;
mod entry;
mod error;
mod field;
mod foreign;
mod google;
mod linkedin;
mod mbox;
mod model;
mod packed;
mod reader;
mod table;
mod text;
mod tidy;
mod vcard;

pub use catalogue::{Format, Source, SourceClass};
pub use detect::{DETECT_HEAD_BYTES, Unrecognised, detect};
pub use entry::{Content, Entry, Limits, Position};
pub use error::FormatError;
pub use field::{FieldName, Values};
pub use foreign::Foreign;
pub use mbox::MAIL;
pub use model::{
    Address, Contact, Employment, Labelled, LabelledDate, Mailbox, Message, MessageKind, Name,
    PartialDate, Photo, Related,
};
pub use reader::{ReadSeek, Reader, read};
