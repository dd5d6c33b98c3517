//! What a viewer may see of the graph.

use crate::graph::TieKey;

/// A set of owners, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerSet {
    words: Vec<u64>,
}

impl OwnerSet {
    /// Every owner there can be.
    #[must_use]
    pub fn all() -> Self {
        Self {
            words: vec![u64::MAX; (usize::from(u16::MAX) + 1) / 64],
        }
    }

    /// Adds an owner.
    pub fn insert(&mut self, owner: u16) {
        let word = usize::from(owner) / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (owner % 64);
    }

    /// Whether the owner is in.
    #[inline]
    #[must_use]
    pub fn contains(&self, owner: u16) -> bool {
        let word = self
            .words
            .get(usize::from(owner) / 64)
            .copied()
            .unwrap_or(0);
        word >> (owner % 64) & 1 != 0
    }
}

impl FromIterator<u16> for OwnerSet {
    fn from_iter<I: IntoIterator<Item = u16>>(owners: I) -> Self {
        let mut set = Self::default();
        owners.into_iter().for_each(|owner| set.insert(owner));
        set
    }
}

/// What a viewer may see: their own ties, and those of visible owners that are not private; less
/// what is excluded. The default sees nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The viewer's own owner index: sees all of its ties, private ones too.
    pub viewer: Option<u16>,
    /// Whose ties are visible unless private.
    pub owners: OwnerSet,
    /// Ties to do without: a caller that finds one no longer allowed asks again with it here.
    pub excluded_ties: Vec<TieKey>,
    /// People to go round.
    pub excluded_nodes: Vec<u32>,
}

impl Filter {
    /// Sees what `viewer` owns and what `owners` do not keep private.
    #[must_use]
    pub fn new(viewer: u16, owners: OwnerSet) -> Self {
        Self {
            viewer: Some(viewer),
            owners,
            ..Self::default()
        }
    }
}
