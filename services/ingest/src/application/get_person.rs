//! A person of the book as the owner sees it.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::commit::CommitError;
use uuid::Uuid;

use super::App;
use crate::{
    domain::{
        book::{Book, DecidedBy},
        profile::Profile,
    },
    ports::Wanted,
};

/// A person with everything that is said of it.
#[derive(Clone, Debug)]
pub struct PersonView {
    /// Who holds for the id that was asked for.
    pub id: PersonId,
    /// Of the person.
    pub version: i64,
    pub profile: Profile,
    /// Who was merged into it.
    pub merged: Vec<MergedView>,
}

/// A person that was merged into another.
#[derive(Clone, Debug)]
pub struct MergedView {
    pub merge_id: Uuid,
    pub person_id: PersonId,
    pub display_name: String,
    /// The other end of what was compared.
    pub with: PersonId,
    pub reason: String,
    pub by: DecidedBy,
    pub bits: Option<i32>,
    pub at: Timestamp,
}

impl PersonView {
    /// A root of a book. None where it is not there.
    #[must_use]
    pub fn of(book: &Book, id: PersonId) -> Option<Self> {
        let root = book.root(id)?;
        let members = book.members(root);
        let persons = members.iter().filter_map(|member| book.person(*member));
        let mut merged: Vec<MergedView> = persons
            .filter_map(|person| {
                let merged = person.merged.as_ref()?;
                Some(MergedView {
                    merge_id: merged.merge_id,
                    person_id: person.id,
                    display_name: person.display_name.clone(),
                    with: merged.into,
                    reason: merged.reason.clone(),
                    by: merged.by,
                    bits: merged.bits,
                    at: merged.at,
                })
            })
            .collect();
        merged.sort_by_key(|it| (it.at, it.person_id));
        let version = book.person(root)?.version;
        Some(Self {
            id: root,
            version,
            profile: book.profile(root),
            merged,
        })
    }
}

/// That nothing was asked for of which a row cannot be read.
///
/// # Errors
/// [`CommitError::Internal`] that names the row.
pub(super) fn all_readable(book: &Book) -> Result<(), CommitError> {
    match book.closed().first() {
        None => Ok(()),
        Some(closed) => Err(CommitError::Internal(anyhow::anyhow!(
            "person {}: {}",
            closed.root,
            closed.why
        ))),
    }
}

impl App {
    /// A person by any id it ever had; none where the account has no such person.
    ///
    /// # Errors
    /// The store's.
    pub async fn get_person(
        &self,
        account: AccountId,
        id: PersonId,
    ) -> Result<Option<PersonView>, CommitError> {
        let book = self.store.book(account, &Wanted::persons([id])).await?;
        all_readable(&book)?;
        Ok(PersonView::of(&book, id))
    }
}
