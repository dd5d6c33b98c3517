//! The service `notifications`: reminders, what an account is told, and mail about it.
//!
//! | where | what |
//! |---|---|
//! | [`domain`] | reminders and notifications: their states and transitions |
//! | [`application`] | one use case, one file; `fall_due` runs by itself |
//! | [`ports`] | every trait to the outside, on one screen |
//! | `adapters::http` | one endpoint, one file |
//! | `adapters::events` | what other services' events mean to an account |
//! | `adapters::store` | the store, its SQL written once for both dialects |
//! | [`wiring`] | the only place that names a concrete adapter |
//!
//! A notification's id follows from what it is about, so whatever happens twice is told once.

mod adapters;
pub mod application;
pub mod domain;
pub mod ports;
pub mod wiring;
