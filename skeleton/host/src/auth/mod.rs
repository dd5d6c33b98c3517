//! The service token: how the gateway tells a service who is asking.
//!
//! An Ed25519 JWT that lives for a minute, for one service (`aud`); within half of that the same one
//! may be sent again. It carries the account, the
//! session and scopes, and a key that seals cursors ([`crate::pages`]). A router refuses everybody
//! unless a route is listed as public ([`RequireCaller`]); handlers take [`Caller`]. Nothing here
//! decides what a caller may do.

mod keys;
mod layer;
mod recent;
mod source;
mod token;

pub use keys::{PublicKey, TokenSigner};
pub use layer::RequireCaller;
pub use source::{KeySet, KeySource};
pub(crate) use token::seal_key;
pub use token::{Caller, LEEWAY, LIFETIME, TokenVerifier};
