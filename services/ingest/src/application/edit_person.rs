//! The owner says what holds of a person, over everything that files say.

use std::collections::BTreeMap;

use kith_shared::ids::{AccountId, PersonId};

use super::{App, change_book::ChangeError, get_person::PersonView};
use crate::{
    domain::{
        book::{Book, BookError},
        field::FieldName,
        record::{Edit, Said},
    },
    ports::Wanted,
};

/// A change of the owner's word. A field that is not in it stays; none takes the word on a field back;
/// values set it.
#[derive(Clone, Debug, Default)]
pub struct Patch(pub BTreeMap<FieldName, Option<Vec<String>>>);

impl Patch {
    fn apply(&self, mut edit: Edit) -> Edit {
        for (field, values) in &self.0 {
            match values {
                Some(values) => edit.said.insert(*field, values.clone()),
                None => edit.said.remove(field),
            };
        }
        edit
    }
}

impl App {
    /// Changes the owner's word on a person, at `expected` where that is given.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn edit_person(
        &self,
        account: AccountId,
        person: PersonId,
        patch: Patch,
        expected: Option<i64>,
    ) -> Result<PersonView, ChangeError> {
        let region = self.region(account).await?;
        // The keys of a new address must be loaded too: it may be somebody's.
        let keys = patch.apply(Edit::default()).keys(region.as_deref());
        let wanted = Wanted {
            keys,
            persons: vec![person],
        };
        let template = self.said_by_owner(account, Edit::default()).await?;
        let (at, new_id) = (self.now(), self.new_id);
        let decide = |book: &mut Book| {
            let root = book.root(person).ok_or(BookError::NoSuchPerson)?;
            let before = book.edit_of(root).cloned().unwrap_or_default();
            let edit = patch.apply(before);
            let mut arrival = template.clone();
            arrival.hash = new_id().as_bytes().to_vec();
            arrival.keys = edit.keys(region.as_deref());
            arrival.raw = edit.verbatim();
            arrival.said = Said::Edit(Box::new(edit));
            book.edit(person, arrival, at, &mut { new_id })
        };
        self.change_book(account, wanted, expected, decide, |_| None)
            .await
    }
}
