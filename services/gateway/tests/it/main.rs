//! The gateway at its border, with small routers in the places of the services.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are outside of tests"
)]

mod compression;
mod cookies;
mod epoch;
mod files;
mod forward;
mod hosts;
mod keys;
mod limits;
mod live;
mod operator;
#[cfg(feature = "distributed")]
mod process;
#[cfg(feature = "distributed")]
mod replicas;
mod sessions;
mod support;
mod tasks;
