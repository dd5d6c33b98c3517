//! The eight bytes of a directed tie: the other end with two flags, the cost, the owner.

/// Visible to its owner only.
const PRIVATE: u32 = 1 << 31;
/// The row holds further ties with the same other end.
const SEVERAL: u32 = 1 << 30;
/// What is left for the node index.
pub(crate) const NODE_MASK: u32 = SEVERAL - 1;

/// One tie as seen from one of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    to_and_flags: u32,
    pub(crate) cost: u16,
    pub(crate) owner: u16,
}

impl Entry {
    pub(crate) fn new(to: u32, cost: u16, owner: u16, private: bool) -> Self {
        debug_assert!(to <= NODE_MASK, "node indices have 30 bits");
        let to_and_flags = if private { to | PRIVATE } else { to };
        Self {
            to_and_flags,
            cost,
            owner,
        }
    }

    #[inline]
    pub(crate) fn to(self) -> u32 {
        self.to_and_flags & NODE_MASK
    }

    #[inline]
    pub(crate) fn is_private(self) -> bool {
        self.to_and_flags & PRIVATE != 0
    }

    #[inline]
    pub(crate) fn is_one_of_several(self) -> bool {
        self.to_and_flags & SEVERAL != 0
    }

    /// The order of a row: strongest first; the rest makes it the same on every replica.
    #[inline]
    pub(crate) fn order(self) -> (u16, u32, u16) {
        (self.cost, self.to(), self.owner)
    }

    pub(crate) fn mark_several(&mut self, several: bool) {
        if several {
            self.to_and_flags |= SEVERAL;
        } else {
            self.to_and_flags &= !SEVERAL;
        }
    }
}
