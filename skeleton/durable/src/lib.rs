//! What survives a kill: the ground on which services keep state and exchange events.
//!
//! A use case decides, then hands one [`commit::ChangeSet`] to the [`commit::Commit`] port of its
//! store: its writes, the events that tell of them, and the incoming events that it thereby
//! handled, in one transaction. From there on nothing can get lost:
//!
//! ```text
//! use case ── commit ──▶ store + outbox ── relay ──▶ bus ──▶ inbox ── worker ──▶ handler ── commit ──▶ store
//! ```
//!
//! | module | is |
//! |---|---|
//! | [`commit`] | the commit port: writes, outgoing events, handled events, idempotency keys |
//! | [`outbox`], [`relay`] | events waiting to leave, and the task that carries them to the bus |
//! | [`bus`] | the port to the other services: in this process, or RabbitMQ |
//! | [`topology`] | exchange, queues and bindings: what there should be, and what differs |
//! | [`inbox`], [`consumer`] | events that arrived: deduplicated, retried, deferred, parked |
//! | [`announce`], [`reconcile`] | telling the current state again; whether two stores agree |
//! | [`backup`] | a store as a stream of lines, and back |
//! | [`stored`] | the contract of what is stored, and how to find what breaks it |
//! | [`leases`], [`schedule`] | one holder among replicas; periodic work under a lease |
//! | [`blobs`] | large bytes that must be durable before an answer is given |
//! | [`migrations`] | schema versions, applied at boot under a lock |
//! | [`clock`] | time as a port, with a virtual one for tests |
//! | [`sql`] | the adapters for SQLite and PostgreSQL, written once |
//! | `neo4j` | the adapter for Neo4j, outbox and inbox nodes in the same transaction |
//! | `contract` (feature `testing`) | the suites that every adapter of a port passes |
//! | [`crash`] | places at which tests kill the process; nothing without its feature |
//!
//! This crate knows no business: what an event means is the services' affair.

pub mod announce;
pub mod backup;
pub mod blobs;
pub mod bus;
pub mod clock;
pub mod commit;
pub mod consumer;
#[cfg(any(test, feature = "testing"))]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cloned_ref_to_slice_refs,
    clippy::type_complexity,
    missing_docs
)]
pub mod contract;
pub mod crash;
pub mod inbox;
pub mod leases;
pub mod migrations;
#[cfg(feature = "neo4j")]
pub mod neo4j;
pub mod outbox;
pub mod reconcile;
pub mod relay;
pub mod schedule;
pub mod sql;
pub mod stored;
pub mod topology;

pub use skeleton_envelope::{BadEvent, Cause, Envelope, Event, EventId};
