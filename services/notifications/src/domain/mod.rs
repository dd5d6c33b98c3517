//! The rules of this service: pure, synchronous.

pub mod notification;
pub mod reminder;
