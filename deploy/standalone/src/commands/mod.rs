//! One command, one file.

pub mod account;
pub mod import;
pub mod openapi;
pub mod parked;
pub mod path;
pub mod people;
pub mod serve;
pub mod status;
