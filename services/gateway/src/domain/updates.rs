//! Live updates: what an account should fetch again.

use uuid::Uuid;

/// What became of people since it was last told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// One.
    One(Uuid),
    /// Several, or nobody knows which.
    Several,
}

impl Changed {
    /// This and another.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Several }
    }

    /// What is told: JSON.
    #[must_use]
    pub fn data(self) -> String {
        match self {
            Self::One(id) => format!(r#"{{"id":"{id}"}}"#),
            Self::Several => r#"{"id":null}"#.to_owned(),
        }
    }
}

/// An update that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// Rises by one with each update of the account.
    pub id: i64,
    /// `import`, `person`, …
    pub event: String,
    /// JSON.
    pub data: String,
}

/// Which updates of an account are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The oldest; 0 where there is none.
    pub oldest: i64,
    /// The newest; 0 where there is none.
    pub newest: i64,
}

impl Kept {
    /// After which update to begin for whoever has seen `seen`, and whether any in between are gone.
    #[must_use]
    pub fn begin(self, seen: Option<i64>) -> (i64, bool) {
        match seen {
            None => (self.newest, false),
            Some(seen) if seen > self.newest => (self.newest, true),
            Some(seen) => (seen, seen + 1 < self.oldest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_begins_where_the_last_one_ended_or_says_that_it_cannot() {
        let kept = Kept {
            oldest: 11,
            newest: 20,
        };
        for (seen, expected) in [
            (None, (20, false)),
            (Some(20), (20, false)),
            (Some(12), (12, false)),
            (Some(10), (10, false)),
            (Some(9), (9, true)),
            (Some(21), (20, true)),
        ] {
            assert_eq!(kept.begin(seen), expected, "{seen:?}");
        }
        assert_eq!(Kept::default().begin(Some(0)), (0, false));
    }
}
