//! The rules of this service.

pub mod thing;
