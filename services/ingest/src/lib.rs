//! kith-ingest
pub mod application;
pub mod domain;
pub mod ports;
mod adapters;
