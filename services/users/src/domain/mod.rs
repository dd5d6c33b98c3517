//! The rules: accounts, addresses, sessions, circles, invitations. Pure and synchronous: no I/O,
//! no clock, no randomness. Time and fresh secrets come in as arguments.

pub mod account;
pub mod address;
pub mod back_off;
pub mod circle;
pub mod invitation;
pub mod sample;
pub mod secret;
pub mod session;
pub mod text;
