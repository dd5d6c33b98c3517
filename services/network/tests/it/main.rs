//! The service at its border: events in, HTTP out.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]

mod access;
mod annotations;
mod erasure;
mod exceptions;
mod fixture;
mod home;
mod identities;
mod imports;
mod operations;
mod oracle;
mod order;
mod paths;
mod replicas;
mod ties;
