//! Rows that changed since the base was built, copy on write.
//!
//! Pages of 256 rows share structure between snapshots, so a change copies one row and at most one
//! page of pointers, and publishing copies one pointer a page.

use std::sync::Arc;

use crate::entry::Entry;

const PAGE_BITS: u32 = 8;
const PAGE_ROWS: usize = 1 << PAGE_BITS;

/// The changed rows among 256 consecutive nodes.
#[derive(Clone, Debug)]
struct Page {
    rows: [Option<Arc<[Entry]>>; PAGE_ROWS],
}

/// The changed rows; a node without one keeps its row of the base.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    pages: Vec<Option<Arc<Page>>>,
    page_count: usize,
    row_count: usize,
    entry_count: usize,
}

impl Overlay {
    #[inline]
    pub(crate) fn row(&self, node: u32) -> Option<&[Entry]> {
        let page = self.pages.get((node >> PAGE_BITS) as usize)?.as_ref()?;
        page.rows[node as usize % PAGE_ROWS].as_deref()
    }

    pub(crate) fn set_row(&mut self, node: u32, row: Arc<[Entry]>) {
        let index = (node >> PAGE_BITS) as usize;
        if index >= self.pages.len() {
            self.pages.resize(index + 1, None);
        }
        let page = self.pages[index].get_or_insert_with(|| {
            self.page_count += 1;
            Arc::new(Page {
                rows: [const { None }; PAGE_ROWS],
            })
        });
        let place = &mut Arc::make_mut(page).rows[node as usize % PAGE_ROWS];
        self.entry_count += row.len();
        match place.replace(row) {
            Some(old) => self.entry_count -= old.len(),
            None => self.row_count += 1,
        }
    }

    /// Entries in changed rows, the unchanged ones among them included.
    pub(crate) fn entry_count(&self) -> usize {
        self.entry_count
    }

    pub(crate) fn bytes(&self) -> usize {
        // Each shared allocation carries two counters.
        const COUNTERS: usize = 2 * size_of::<usize>();
        self.pages.capacity() * size_of::<Option<Arc<Page>>>()
            + self.page_count * (size_of::<Page>() + COUNTERS)
            + self.row_count * COUNTERS
            + self.entry_count * size_of::<Entry>()
    }
}
