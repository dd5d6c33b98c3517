//! The service at its border: events in, HTTP out.

mod access;
mod annotations;
mod erasure;
mod fixture;
mod identities;
mod imports;
mod paths;
mod ties;
