//! Users: accounts, addresses, credentials, sessions, circles, membership, sharing.
//!
//! | module | is |
//! |---|---|
//! | [`wiring`] | opens the service; the only place that names concrete adapters |
//! | [`application`] | the use cases: the menu of what this service does |
//! | [`domain`] | the rules, pure |
//! | [`ports`] | what it needs from outside: a store, a way for mail to leave |
//! | `adapters` | HTTP, SQL, mail |
//!
//! What holds everywhere: passwords, tokens and codes are kept as hashes and never logged; who is
//! no member of a circle can do nothing in it and is told that there is none; every change is
//! committed with the event that tells the other services the subject's full state.

pub mod application;
pub mod domain;
pub mod ports;
pub mod wiring;

mod adapters;
