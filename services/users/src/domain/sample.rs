//! The fictional people of a sample network.

use kith_shared::ids::{AccountId, CircleId};
use serde::{Deserialize, Serialize};

use super::text::Email;

/// How they are called. None of them is anybody; the addresses are reserved for examples.
pub const NAMES: [&str; 5] = [
    "Juniper Vale",
    "Orrin Castellane",
    "Mirela Quist",
    "Tobias Fennimore",
    "Saskia Marlowe",
];

/// The name of the circle.
pub const CIRCLE_NAME: &str = "Sample network";

/// A fictional account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persona {
    pub account_id: AccountId,
    pub display_name: String,
    pub email: String,
}

/// A sample network that was made for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleNetwork {
    pub asker: AccountId,
    /// The circle they share.
    pub circle_id: CircleId,
    /// The fictional accounts.
    pub personas: Vec<Persona>,
}

/// The address of the `index`-th persona in a circle; unique to the circle.
#[must_use]
pub fn email(index: usize, circle: CircleId) -> Email {
    let name = NAMES[index % NAMES.len()].to_lowercase().replace(' ', ".");
    // The last bytes of a UUIDv7 are its random ones.
    let tail = &circle.0.simple().to_string()[20..];
    Email::stored(format!("{name}.{tail}@example.org"))
}

/// What the generator starts from. Fits into 53 bits, so that JSON keeps it.
#[must_use]
pub fn seed(circle: CircleId) -> u64 {
    circle.0.as_u64_pair().1 & ((1 << 53) - 1)
}
