//! The owner adds a person by hand.

use kith_shared::ids::AccountId;
use skeleton_durable::commit::KeptAnswer;
use uuid::Uuid;

use super::{
    change_book::{ChangeBook, ChangeError},
    load_person::PersonView,
};
use crate::{
    domain::book::Book,
    domain::record::{Arrival, Edit, Said, Source},
    ports::Wanted,
};

impl ChangeBook {
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
            persons: Vec::new(),
        };
        let at = super::now(&*self.clock);
        let decide =
            |book: &mut Book| Ok(book.admit(arrival.clone(), at, &mut Uuid::now_v7).person());
        self.change(account, wanted, None, decide, answer).await
    }

    /// What the owner says, as a record that arrives.
    pub(crate) async fn said_by_owner(
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
            observed_at: super::now(&*self.clock),
            keys: edit.keys(region.as_deref()),
            said: Said::Edit(Box::new(edit)),
            // The same said twice is two records: one may be taken back.
            hash: Uuid::now_v7().as_bytes().to_vec(),
            raw,
        })
    }
}
