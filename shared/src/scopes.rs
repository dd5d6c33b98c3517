//! What the gateway may say in a token that it signs, beyond whose it is. No session has these.

/// Whoever signs up sits at this machine, which proves the address: no mail could.
pub const PROVEN_SIGN_UP: &str = "proven-sign-up";
