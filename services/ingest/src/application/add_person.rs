//! The owner adds a person by hand.

use kith_shared::ids::AccountId;
use skeleton_durable::commit::KeptAnswer;

use super::{App, change_book::ChangeError, get_person::PersonView};
use crate::{
    domain::{
        book::Book,
        record::{Arrival, Edit, Said, Source},
    },
    ports::Wanted,
};

impl App {
    /// Adds a person; where one of the addresses is known already, what is said joins that person.
    ///
    /// # Errors
    /// See [`ChangeError`]; [`skeleton_durable::commit::CommitError::Repeated`] among them.
    pub async fn add_person(
        &self,
        account: AccountId,
        edit: Edit,
        answer: impl Fn(&PersonView) -> Option<KeptAnswer>,
    ) -> Result<PersonView, ChangeError> {
        let arrival = self.said_by_owner(account, edit).await?;
        let wanted = Wanted {
            keys: arrival.keys.clone(),
            ..Wanted::default()
        };
        let (at, new_id) = (self.now(), self.new_id);
        let decide = |book: &mut Book| Ok(book.admit(arrival.clone(), at, &mut { new_id }).person);
        self.change_book(account, wanted, None, decide, answer)
            .await
    }

    /// What the owner says, as a record that arrives.
    pub(super) async fn said_by_owner(
        &self,
        account: AccountId,
        edit: Edit,
    ) -> Result<Arrival, ChangeError> {
        let region = self.region(account).await?;
        let raw = edit.verbatim();
        Ok(Arrival {
            source: Source::You,
            file_name: None,
            import: None,
            position: String::new(),
            observed_at: self.now(),
            keys: edit.keys(region.as_deref()),
            said: Said::Edit(Box::new(edit)),
            // The same said twice is two records: one may be taken back.
            hash: (self.new_id)().as_bytes().to_vec(),
            raw,
            left_out: None,
        })
    }
}
