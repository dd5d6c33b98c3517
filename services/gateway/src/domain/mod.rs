//! What is decided without asking anybody: who answers what, under which names, what the whole API
//! is, and what an account is sent of its updates.

pub mod hosts;
pub mod openapi;
pub mod routes;
pub mod updates;
