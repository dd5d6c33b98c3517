//! The whole program, composed as it is run.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are outside of tests"
)]

mod authorisation;
mod command_line;
mod document;
mod doors;
mod support;
mod world;
