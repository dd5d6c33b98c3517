//! By itself: the keys of a book's records are made again when they would come out differently,
//! since the owner said in which country they live, or since this version makes more of them.

use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::{
    Cause,
    commit::{self, ChangeSet, CommitError},
};

use super::{
    App,
    save_book::{append, make_stale},
};
use crate::ports::{Rekeying, Wanted, Write};

/// Persons looked at in one commit.
const PAGE: usize = 200;

impl App {
    /// Goes on with a book of which keys are to be made again; whether there may be more to do.
    pub(super) async fn rekey_some(&self) -> Result<bool, CommitError> {
        let Some(book) = self.store.book_to_rekey().await? else {
            return Ok(false);
        };
        let page = self
            .store
            .persons_of(book.account, book.after, PAGE)
            .await?;
        let change = commit::decide::<_, CommitError, _>(async || {
            let change = self.rekeyed(&book, &page).await?;
            Ok(self.store.commit(change).await)
        });
        change.await?;
        Ok(true)
    }

    async fn rekeyed(
        &self,
        under_way: &Rekeying,
        page: &[PersonId],
    ) -> Result<ChangeSet<Write>, CommitError> {
        let account: AccountId = under_way.account;
        let mut change = ChangeSet::new();
        if !page.is_empty() {
            let wanted = Wanted::persons(page.iter().copied());
            let mut book = self.book_around(account, &wanted).await?;
            let changed = book.rekey(page, under_way.region.as_deref(), !under_way.decides);
            // Nothing is joined by rule since a version makes more keys: that is asked for apart.
            if under_way.decides {
                let (at, mut new_id) = (self.now(), self.new_id);
                for home in &changed {
                    book.decide(*home, at, &mut new_id);
                }
            }
            if !changed.is_empty() {
                let stale = book.changes().regrouped.clone();
                let decision = book.finish(&self.key_hasher);
                change = append(change, account, decision, self.now(), &Cause::default());
                change.writes.extend(make_stale(account, None, stale));
            }
        }
        Ok(change.write(Write::Rekeyed {
            account,
            keyed_for: under_way.keyed_for.clone(),
            after: page.last().copied().filter(|_| page.len() == PAGE),
        }))
    }
}
