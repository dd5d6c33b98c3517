//! kith-ingest
