//! skeleton-host
