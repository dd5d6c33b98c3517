//! The six services as processes of their own on the real engines: what must hold whatever is
//! killed, restarted or upgraded. Run by `make test-engines`, which starts the engines and builds
//! the programs; without them the tests fail, they never skip.
//!
//! They share one deployment and one set of engines, so they run one at a time.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cloned_ref_to_slice_refs
)]

mod backups;
mod balancer;
mod client;
mod contents;
mod deployment;
mod kills;
mod moved;
mod privileges;
mod rolling_restart;

/// One test at a time: the engines are shared.
static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
