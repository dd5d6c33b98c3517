//! The part of a book that must be seen to decide on somebody.

use std::collections::HashSet;

use kith_shared::ids::AccountId;

use super::App;
use crate::{
    domain::{book::Book, key::Key},
    ports::{Read, Wanted},
};

/// Keys of those who are wanted by which others are looked for.
const OTHER_KEYS: usize = 20_000;

impl App {
    /// The wanted part of a book, and whoever shares a key with anybody in it: what is decided on one
    /// is decided on all who may be one with it.
    pub(super) async fn book_around(&self, account: AccountId, wanted: &Wanted) -> Read<Book> {
        let book = self.store.book(account, wanted).await?;
        let asked: HashSet<&Key> = wanted.keys.iter().collect();
        let others = book.all_keys().filter(|key| !asked.contains(key));
        let others: Vec<Key> = others.take(OTHER_KEYS).cloned().collect();
        if others.is_empty() {
            return Ok(book);
        }
        let mut wider = wanted.clone();
        wider.keys.extend(others);
        self.store.book(account, &wider).await
    }
}
