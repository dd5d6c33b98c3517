//! The owner says that two persons are one, or takes a merge back.

use kith_shared::ids::{AccountId, PersonId};
use uuid::Uuid;

use super::{
    change_book::{ChangeBook, ChangeError},
    load_person::PersonView,
};
use crate::{domain::book::Book, ports::Wanted};

impl ChangeBook {
    /// Makes two persons one.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn merge_people(
        &self,
        account: AccountId,
        one: PersonId,
        other: PersonId,
    ) -> Result<PersonView, ChangeError> {
        let (at, merge_id) = (super::now(&*self.clock), Uuid::now_v7());
        let wanted = Wanted {
            keys: Vec::new(),
            persons: vec![one, other],
        };
        let decide = |book: &mut Book| book.merge(one, other, at, merge_id);
        self.change(account, wanted, None, decide, |_| None).await
    }

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
        let wanted = Wanted {
            keys: Vec::new(),
            persons: vec![person],
        };
        let decide = |book: &mut Book| book.unmerge(person, merge_id);
        self.change(account, wanted, None, decide, |_| None).await
    }
}
