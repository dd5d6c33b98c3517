//! What all changes of the book by its owner have in common: load, decide, commit, and once more
//! when somebody else changed it in the meantime.

use std::collections::BTreeSet;

use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::{
    Cause,
    commit::{self, ChangeSet, CommitError, KeptAnswer},
};

use super::{
    App,
    get_person::{PersonView, all_readable},
    save_book::{append, make_stale},
};
use crate::{
    domain::{
        book::{Book, BookError},
        key::Key,
    },
    ports::Wanted,
};

/// Why the book was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such person, merge, or difference.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The person is at another version than the caller saw: this one.
    #[error("the person is at version {0}")]
    Version(i64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] CommitError),
}

impl App {
    /// The region for telephone numbers of an account.
    pub(super) async fn region(&self, account: AccountId) -> Result<Option<String>, CommitError> {
        let account = self.store.account(account).await?;
        Ok(account.and_then(|account| account.region))
    }

    /// Lets `decide` change the part of the book with the wanted persons; it says whom to show
    /// afterwards. `expected` is the version of `wanted.persons[0]` that the caller saw.
    pub(super) async fn change_book<D>(
        &self,
        account: AccountId,
        wanted: Wanted,
        expected: Option<i64>,
        decide: D,
        answer: impl Fn(&PersonView) -> Option<KeptAnswer>,
    ) -> Result<PersonView, ChangeError>
    where
        D: Fn(&mut Book) -> Result<PersonId, BookError>,
    {
        let view = commit::decide::<_, ChangeError, _>(async || {
            let mut book = self.book_around(account, &wanted).await?;
            all_readable(&book)?;
            check_version(&book, &wanted, expected)?;
            let shown = decide(&mut book)?;
            let stale = self.made_stale(account, &book).await?;
            let after = book.clone();
            let outcome = book.finish(&self.key_hasher);
            let versions = outcome.saved.clone();
            let mut view = PersonView::of(&after, shown).ok_or(BookError::NoSuchPerson)?;
            let saved = versions.iter().find(|(person, _)| person.id == view.id);
            view.version = saved.map_or(view.version, |(person, _)| person.version);
            let mut change = append(
                ChangeSet::new(),
                account,
                outcome,
                self.now(),
                &Cause::default(),
            );
            change.writes.extend(make_stale(account, None, stale));
            let committed = self.store.commit(change.answer(answer(&view))).await;
            Ok(committed.map(|()| view))
        })
        .await?;
        self.book_changed.notify_one();
        Ok(view)
    }

    /// Whose interactions the change makes stale: those who were merged or parted, and those who
    /// gained an address that is in the correspondence.
    async fn made_stale(
        &self,
        account: AccountId,
        book: &Book,
    ) -> Result<BTreeSet<PersonId>, CommitError> {
        let (regrouped, gained) = (
            book.changes().regrouped.clone(),
            book.changes().gained.clone(),
        );
        let keys: Vec<Key> = gained.iter().map(|(_, key)| key.clone()).collect();
        let known = self.store.correspondents(account, &keys).await?;
        let known: BTreeSet<&Key> = known.iter().map(|it| &it.key).collect();
        let gained = gained
            .iter()
            .filter(|(_, key)| known.contains(key))
            .map(|(person, _)| *person);
        Ok(regrouped.into_iter().chain(gained).collect())
    }
}

fn check_version(book: &Book, wanted: &Wanted, expected: Option<i64>) -> Result<(), ChangeError> {
    let (Some(expected), Some(asked)) = (expected, wanted.persons.first()) else {
        return Ok(());
    };
    let root = book.root(*asked).ok_or(BookError::NoSuchPerson)?;
    match book.person(root).map(|person| person.version) {
        Some(version) if version != expected => Err(ChangeError::Version(version)),
        _ => Ok(()),
    }
}
