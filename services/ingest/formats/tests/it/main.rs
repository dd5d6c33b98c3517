//! Every format at the crate's border: bytes in, records out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod archive;
mod archives;
mod bounds;
mod corpus;
mod dialects;
mod fuzz;
mod google;
mod hostile;
mod linkedin;
mod mail;
mod mbox;
mod refusals;
mod support;
mod tables;
mod vcard;
