//! Someone looks for organisations.

use std::{cmp::Reverse, collections::BTreeMap};

use kith_shared::ids::AccountId;

use super::{App, AskError};
use crate::domain::{
    visibility::Visibility,
    words::{fold, query_words},
};

impl App {
    /// Organisations whose words match `text`, with how many people whom `asker` may see are
    /// there; most people first, then by name.
    ///
    /// # Errors
    /// See [`AskError`].
    pub async fn list_organisations(
        &self,
        asker: AccountId,
        text: &str,
    ) -> Result<Vec<(String, u64)>, AskError> {
        let visibility = Visibility::of(asker, self.store.circles(asker).await?);
        let counts = self
            .index
            .organisations(&query_words(text), &visibility.grants())
            .await?;
        Ok(grouped(counts))
    }
}

/// Spellings that differ in case, accents or blanks are one organisation, under the one most used.
fn grouped(counts: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut groups: BTreeMap<String, (String, u64, u64)> = BTreeMap::new();
    for (name, people) in counts {
        let group = groups.entry(fold(&name)).or_default();
        if people > group.1 {
            (group.0, group.1) = (name, people);
        }
        group.2 += people;
    }
    let mut all: Vec<_> = groups
        .into_iter()
        .map(|(key, (name, _, people))| (Reverse(people), key, name))
        .collect();
    all.sort();
    all.into_iter()
        .map(|(Reverse(people), _, name)| (name, people))
        .collect()
}
