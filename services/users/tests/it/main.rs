//! The service at its border: HTTP in, events and mail out, on a real store.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::panic)]

mod accounts;
mod addresses;
mod authorisation;
mod back_off;
mod circle_machine;
mod circles;
mod erasure;
mod invitations;
mod mail;
#[cfg(feature = "distributed")]
mod replicas;
mod sample_network;
mod secrets;
mod sessions;
mod told_again;
mod world;
