//! Tests of ingest at its border: HTTP in, events in and out.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

mod bad_input;
mod cancel;
mod fair;
mod files;
mod identity;
mod kill;
mod later_version;
mod mail;
mod people;
#[cfg(feature = "distributed")]
mod places;
#[cfg(feature = "distributed")]
mod replicas;
mod resolution;
mod support;
mod told_again;
mod unreadable;
mod upload;
