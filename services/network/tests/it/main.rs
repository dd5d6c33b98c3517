//! The service at its border: events in, HTTP out.

mod access;
mod annotations;
mod erasure;
mod fixture;
mod identities;
mod imports;
mod oracle;
mod order;
mod paths;
mod ties;
