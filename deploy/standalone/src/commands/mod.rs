//! One command, one file.

pub mod account;
pub mod announce;
pub mod backup;
pub mod backups;
pub mod doctor;
pub mod import;
pub mod imports;
pub mod move_to;
pub mod openapi;
pub mod operate;
pub mod outbox;
pub mod parked;
pub mod path;
pub mod people;
pub mod probe;
pub mod reconcile;
pub mod restore;
pub mod serve;
pub mod status;
pub mod topology;
pub mod verify;
