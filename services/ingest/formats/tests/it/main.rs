//! Every format at the crate's border: bytes in, records out.

mod archive;
mod corpus;
mod fuzz;
mod google;
mod hostile;
mod linkedin;
mod mbox;
mod support;
mod vcard;
