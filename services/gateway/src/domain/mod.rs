//! What is decided without asking anybody: who answers what, under which names, what the whole API
//! is, what an account is sent of its updates, and what a restore takes the worth of.

pub mod epoch;
pub mod hosts;
pub mod openapi;
pub mod routes;
pub mod tasks;
pub mod updates;
