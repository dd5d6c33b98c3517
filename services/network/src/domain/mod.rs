//! The rules, pure: no I/O, no clock, no randomness.
//!
//! | module | says |
//! |---|---|
//! | [`strength`] | how strong a tie is as of a day |
//! | [`evidence`] | why, in sentences |
//! | [`scope`] | whose books a viewer sees, and how much of each person |
//! | [`identity`] | which persons of several books are one human |
//! | [`world`] | the humans and ties that one scope holds |
//! | [`organisation`] | when two spellings name one organisation |
//! | [`layout`] | where the people of a neighbourhood stand in a picture |
//! | [`annotation`] | what a tag and a note may be |
//! | [`records`] | the state that events brought, as the rules read it |

pub mod annotation;
pub mod evidence;
pub mod identity;
pub mod layout;
pub mod organisation;
pub mod records;
pub mod scope;
pub mod strength;
pub mod world;
