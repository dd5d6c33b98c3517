//! The events of each service, past tense, owned by the publisher.
//!
//! Each carries its subject's full current state and version, so that repeated, delayed and
//! shuffled deliveries end in the same state. Consumers ignore fields they do not know.

pub mod ingest;
pub mod network;
pub mod notifications;
pub mod search;
pub mod users;
