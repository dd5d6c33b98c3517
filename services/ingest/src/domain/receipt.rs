//! The receipt of an import: what became of each record of its file, and how many of each there are.

use kith_shared::ids::PersonId;

/// Lines of a receipt that are kept. The counts go on behind them.
pub const RECEIPT_LINES: u64 = 100_000;

/// Longest label and longest reason in a line of a receipt, in bytes.
const LABEL_BYTES: usize = 500;
const REASON_BYTES: usize = 1_000;

/// What became of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A new person.
    Created,
    /// Joined a person whom other sources knew, or joined several persons into one.
    Merged,
    /// Told something new of a person of the same source; or a message that was counted.
    Updated,
    Unchanged,
    /// Understood, and left out on purpose.
    LeftOut,
    Rejected,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 6] = [
        Self::Created,
        Self::Merged,
        Self::Updated,
        Self::Unchanged,
        Self::LeftOut,
        Self::Rejected,
    ];

    /// The name that the API and the tables carry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Merged => "merged",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::LeftOut => "left_out",
            Self::Rejected => "rejected",
        }
    }

    /// The outcome of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == name)
    }
}

/// One line of an import's receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// Counts the file's records from 1.
    pub ordinal: u64,
    /// Where the record stands in the file.
    pub position: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, where it was left out or rejected.
    pub reason: Option<String>,
    /// The person that it came to, under the id of then.
    pub person: Option<PersonId>,
    /// What a human would recognise it by.
    pub label: String,
}

impl ReceiptLine {
    /// Whether it is kept: beyond so many lines only the counts go on.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.ordinal <= RECEIPT_LINES
    }

    /// With a label and a reason that are no longer than anybody reads.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        cut(&mut self.label, LABEL_BYTES);
        if let Some(reason) = &mut self.reason {
            cut(reason, REASON_BYTES);
        }
        self
    }
}

fn cut(text: &mut String, most: usize) {
    text.truncate(text.floor_char_boundary(most));
}

/// What became of the records of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub created: u64,
    pub merged: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub left_out: u64,
    pub rejected: u64,
}

impl Counts {
    /// One more.
    pub fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Merged => self.merged += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::LeftOut => self.left_out += 1,
            Outcome::Rejected => self.rejected += 1,
        }
    }

    /// All of them.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.created + self.merged + self.updated + self.unchanged + self.left_out + self.rejected
    }
}
