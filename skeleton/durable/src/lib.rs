//! skeleton-durable
