//! The owner says that two persons are one.

use kith_shared::ids::{AccountId, PersonId};

use super::{App, change_book::ChangeError, get_person::PersonView};
use crate::{domain::book::Book, ports::Wanted};

impl App {
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
        let (at, merge_id) = (self.now(), (self.new_id)());
        let wanted = Wanted::persons([one, other]);
        let decide = |book: &mut Book| book.merge(one, other, at, merge_id);
        self.change_book(account, wanted, None, decide, |_| None)
            .await
    }
}
