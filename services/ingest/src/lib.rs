//! kith-ingest
pub mod domain;
