//! Someone looks for people.

use kith_shared::{
    events::network::Band,
    ids::{AccountId, PersonId},
};

use super::{App, AskError};
use crate::domain::{
    document::Document,
    query::{After, Query, Scope},
    visibility::Visibility,
    words::query_words,
};

/// A person as the asker may see it.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownPerson {
    pub id: PersonId,
    /// The name, or `Someone at Acme`.
    pub display_name: String,
    /// Where they work.
    pub organisation: Option<String>,
    pub title: Option<String>,
    /// Of the asker's own people only.
    pub emails: Vec<String>,
    /// Of the asker's own people only.
    pub tags: Vec<String>,
    /// How strong the owner's tie is.
    pub band: Band,
    /// The middle of `band`, between 0 and 1: the strength itself is not known here.
    pub strength: f64,
    /// Whose book it is in.
    pub owner: AccountId,
    /// How the owner calls itself.
    pub owner_name: String,
}

/// A page of people.
#[derive(Clone, Debug)]
pub struct People {
    pub people: Vec<ShownPerson>,
    /// Where the next page begins, if there is one.
    pub next: Option<After>,
    /// How many match in all.
    pub total: u64,
}

impl App {
    /// People whom `asker` may see and whose words match `text`: best match first, then warmest,
    /// then by name; those without a name in an order that says nothing of it.
    ///
    /// # Errors
    /// See [`AskError`].
    pub async fn list_people(
        &self,
        asker: AccountId,
        text: &str,
        after: Option<After>,
        limit: usize,
    ) -> Result<People, AskError> {
        let visibility = Visibility::of(asker, self.store.circles(asker).await?);
        let query = Query {
            words: query_words(text),
            grants: visibility.grants(),
            after,
            limit: limit + 1,
        };
        let mut found = self.index.people(&query).await?;
        let more = found.hits.len() > limit;
        found.hits.truncate(limit);
        let next = found.hits.last().filter(|_| more).map(|last| After {
            quarters: last.quarters,
            id: last.document.id,
        });
        let mut owners: Vec<AccountId> =
            found.hits.iter().map(|hit| hit.document.account).collect();
        owners.sort_unstable();
        owners.dedup();
        let names = self.store.names(&owners).await?;
        let people = found
            .hits
            .into_iter()
            .filter_map(|hit| {
                // What is shown is decided by the rule itself, not by the filter it was turned into.
                let scope = visibility.scope(&hit.document)?;
                let owner = hit.document.account;
                let name = names
                    .get(&owner)
                    .map(String::as_str)
                    .or_else(|| visibility.name_of(owner))
                    .unwrap_or_default();
                shown(hit.document, scope, name)
            })
            .collect();
        Ok(People {
            people,
            next,
            total: found.total,
        })
    }
}

fn shown(document: Document, scope: Scope, owner_name: &str) -> Option<ShownPerson> {
    let person = document.active()?;
    let (organisation, title) = person.work();
    let display_name = match (scope, organisation) {
        (Scope::Own | Scope::Name, _) => person.display_name.clone(),
        (Scope::Organisation, Some(organisation)) => format!("Someone at {organisation}"),
        (Scope::Organisation, None) => return None,
    };
    let own = scope == Scope::Own;
    Some(ShownPerson {
        id: document.id,
        display_name,
        organisation: organisation.map(str::to_owned),
        title: title.map(str::to_owned),
        emails: if own {
            person.emails.clone()
        } else {
            Vec::new()
        },
        tags: if own {
            document.tags().to_vec()
        } else {
            Vec::new()
        },
        band: document.band(),
        strength: middle(document.band()),
        owner: document.account,
        owner_name: owner_name.to_owned(),
    })
}

/// The strength in the middle of a band.
fn middle(band: Band) -> f64 {
    match band {
        Band::Weak => 0.125,
        Band::Fair => 0.375,
        Band::Good => 0.625,
        Band::Strong => 0.875,
    }
}
