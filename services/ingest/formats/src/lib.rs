//! kith-formats
