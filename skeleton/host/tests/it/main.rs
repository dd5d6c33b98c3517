//! What the host promises to every service, tested at its border.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod auth;
mod conditional;
mod ending;
mod health;
mod http_stack;
mod keys;
mod pages;
mod problem;
mod rolling_restart;
mod serve;
mod settings;
mod shutdown;
mod telemetry;
mod upstream;
