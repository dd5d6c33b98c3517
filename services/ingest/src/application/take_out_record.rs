//! The owner takes one record out of a person.

use kith_shared::ids::{AccountId, PersonId, RecordId};

use super::{App, change_book::ChangeError, get_person::PersonView};
use crate::{domain::book::Book, ports::Wanted};

impl App {
    /// Makes a record a person of its own; by rule it never joins those again from whom it was taken.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn take_out_record(
        &self,
        account: AccountId,
        person: PersonId,
        record: RecordId,
    ) -> Result<PersonView, ChangeError> {
        let (at, new_id) = (self.now(), self.new_id);
        let decide = |book: &mut Book| book.take_out(person, record, at, &mut { new_id });
        self.change_book(account, Wanted::persons([person]), None, decide, |_| None)
            .await
    }
}
