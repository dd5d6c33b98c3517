//! Whether two records speak of one human: what speaks for it and against it, weighed.
//!
//! No value is an identity by itself. Each thing that two records agree or differ in has a weight in
//! bits, the logarithm of how much likelier it is between records of one human than between records
//! of two (Fellegi and Sunter's model with fixed weights). The weights stand in one table in
//! [`weigh`]; a value that people of different names carry is shared and weighs next to nothing.
//!
//! The sum has three outcomes: [`Verdict::Same`] from [`SURE_BITS`] up, [`Verdict::Doubtful`] from
//! [`DOUBTFUL_BITS`] up, and [`Verdict::Apart`]. Everything here is pure and deterministic: what is
//! decided of the same records is the same whatever the order in which they came.

mod facts;
mod names;
mod nicknames;
mod weigh;

pub use self::{
    facts::{Carried, Facts, digits, name_key},
    names::{Likeness, PersonName},
    weigh::{Weighed, weigh},
};

/// What a sum must reach for two records to be one human unasked.
pub const SURE_BITS: i32 = 5;
/// What a sum must reach for the owner to be asked.
pub const DOUBTFUL_BITS: i32 = -2;

/// What a sum comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Two people.
    Apart,
    /// Only the owner can tell.
    Doubtful,
    /// One human.
    Same,
}

impl Verdict {
    /// That of a sum of bits.
    #[must_use]
    pub const fn of(bits: i32) -> Self {
        if bits >= SURE_BITS {
            Self::Same
        } else if bits >= DOUBTFUL_BITS {
            Self::Doubtful
        } else {
            Self::Apart
        }
    }
}
