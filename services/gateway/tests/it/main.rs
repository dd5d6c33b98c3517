//! The gateway at its border, with small routers in the places of the services.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests are outside of tests"
)]

mod cookies;
mod files;
mod forward;
mod keys;
mod limits;
mod live;
mod operator;
mod sessions;
mod support;
