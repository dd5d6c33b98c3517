//! The compressed adjacency: one array of entries, one of row starts. Immutable once built.

use crate::entry::Entry;
use crate::graph::Tie;

/// Rows end to end; row `n` is `entries[starts[n]..starts[n + 1]]`, strongest first.
#[derive(Debug)]
pub(crate) struct Base {
    starts: Box<[u32]>,
    entries: Box<[Entry]>,
}

impl Base {
    /// Builds the rows of checked ties. Of two ties with one key the later counts.
    pub(crate) fn from_ties(nodes: u32, ties: &[Tie]) -> Self {
        let mut starts = vec![0_u32; nodes as usize + 1];
        for tie in ties {
            starts[tie.a as usize + 1] += 1;
            starts[tie.b as usize + 1] += 1;
        }
        for node in 0..nodes as usize {
            starts[node + 1] += starts[node];
        }
        let mut entries = vec![Entry::new(0, 0, 0, false); ties.len() * 2];
        let mut next = starts.clone();
        for tie in ties {
            for (from, to) in [(tie.a, tie.b), (tie.b, tie.a)] {
                let place = &mut next[from as usize];
                let cost = tie.strength.cost();
                entries[*place as usize] = Entry::new(to, cost, tie.owner, tie.private);
                *place += 1;
            }
        }
        drop(next);
        Self::tidied(starts, entries)
    }

    /// Sorts each row, drops superseded entries and closes the gaps they leave.
    fn tidied(mut starts: Vec<u32>, mut entries: Vec<Entry>) -> Self {
        let mut write = 0_usize;
        for node in 0..starts.len() - 1 {
            let (begin, end) = (starts[node] as usize, starts[node + 1] as usize);
            let kept = tidy_row(&mut entries[begin..end]);
            entries.copy_within(begin..begin + kept, write);
            starts[node] = write as u32;
            write += kept;
        }
        if let Some(last) = starts.last_mut() {
            *last = write as u32;
        }
        entries.truncate(write);
        Self {
            starts: starts.into(),
            entries: entries.into(),
        }
    }

    /// Puts finished rows end to end.
    pub(crate) fn from_rows<'r>(
        nodes: u32,
        entries: usize,
        row: impl Fn(u32) -> &'r [Entry],
    ) -> Self {
        let mut starts = Vec::with_capacity(nodes as usize + 1);
        let mut all = Vec::with_capacity(entries);
        starts.push(0);
        for node in 0..nodes {
            all.extend_from_slice(row(node));
            starts.push(all.len() as u32);
        }
        Self {
            starts: starts.into(),
            entries: all.into(),
        }
    }

    /// Empty for a node that was added later.
    #[inline]
    pub(crate) fn row(&self, node: u32) -> &[Entry] {
        let node = node as usize;
        match self.starts.get(node..node + 2) {
            Some(&[begin, end]) => &self.entries[begin as usize..end as usize],
            _ => &[],
        }
    }

    pub(crate) fn entry_count(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.starts) + size_of_val(&*self.entries)
    }
}

/// Keeps the last entry of each (other end, owner), sorts by strength, marks parallels; returns how
/// many entries are left at the front.
fn tidy_row(row: &mut [Entry]) -> usize {
    // Stable, so that entries of one key stay in the order they came in.
    row.sort_by_key(|entry| (entry.to(), entry.owner));
    let mut kept = 0;
    for index in 0..row.len() {
        let entry = row[index];
        let same_key = |other: Entry| (other.to(), other.owner) == (entry.to(), entry.owner);
        if kept > 0 && same_key(row[kept - 1]) {
            row[kept - 1] = entry;
        } else {
            row[kept] = entry;
            kept += 1;
        }
    }
    let row = &mut row[..kept];
    for pair in row.chunk_by_mut(|left, right| left.to() == right.to()) {
        let several = pair.len() > 1;
        pair.iter_mut()
            .for_each(|entry| entry.mark_several(several));
    }
    row.sort_unstable_by_key(|entry| entry.order());
    kept
}
