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
/// How often it is looked who shares a key with those who were found: a chain is rarely longer.
const ROUNDS: usize = 3;

impl App {
    /// The wanted part of a book, and whoever shares a key with anybody in it, and with those in turn:
    /// what is decided on one is decided on all who may be one with it.
    pub(super) async fn book_around(&self, account: AccountId, wanted: &Wanted) -> Read<Book> {
        let mut wanted = wanted.clone();
        let mut book = self.store.book(account, &wanted).await?;
        for _ in 0..ROUNDS {
            let asked: HashSet<&Key> = wanted.keys.iter().collect();
            let others = book.all_keys().filter(|key| !asked.contains(key));
            let room = OTHER_KEYS.saturating_sub(asked.len());
            let others: Vec<Key> = others.take(room).cloned().collect();
            if others.is_empty() {
                break;
            }
            wanted.keys.extend(others);
            book = self.store.book(account, &wanted).await?;
        }
        Ok(book)
    }
}
