//! The owner takes a merge back.

use kith_shared::ids::{AccountId, PersonId};
use uuid::Uuid;

use super::{App, change_book::ChangeError, get_person::PersonView};
use crate::{domain::book::Book, ports::Wanted};

impl App {
    /// Undoes a merge; by keys the two are not merged again.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn unmerge_people(
        &self,
        account: AccountId,
        person: PersonId,
        merge_id: Uuid,
    ) -> Result<PersonView, ChangeError> {
        let decide = |book: &mut Book| book.unmerge(person, merge_id);
        self.change_book(account, Wanted::persons([person]), None, decide, |_| None)
            .await
    }
}
