//! What index and store hold, as counts and digests, to be compared with their publishers.

use async_trait::async_trait;
use kith_shared::events::{
    ingest::PersonChanged,
    network::{AnnotationChanged, TieChanged},
    users::{AccountChanged, CircleChanged},
};
use skeleton_durable::{
    Event,
    commit::CommitError,
    reconcile::{Digests, Holdings},
};
use uuid::Uuid;

use super::App;
use crate::{domain::document::Versions, ports::IndexError};

#[async_trait]
impl Holdings for App {
    fn kinds(&self) -> &'static [&'static str] {
        &[
            AccountChanged::TYPE,
            CircleChanged::TYPE,
            PersonChanged::TYPE,
            AnnotationChanged::TYPE,
            TieChanged::TYPE,
        ]
    }

    async fn digests(&self, kind: &str) -> Result<Digests, CommitError> {
        match kind {
            AccountChanged::TYPE => {
                let mut digests = Digests::new();
                for (id, version) in self.store.account_versions().await? {
                    let digest = digests.entry(id.0).or_default();
                    digest.add(&id.to_string(), version);
                }
                Ok(digests)
            }
            CircleChanged::TYPE => {
                let mut digests = Digests::new();
                for (id, version) in self.store.circle_versions().await? {
                    let digest = digests.entry(Uuid::nil()).or_default();
                    digest.add(&id.to_string(), version);
                }
                Ok(digests)
            }
            PersonChanged::TYPE => {
                let by_person = |held: &Versions| held.id.to_string();
                self.of_documents(|held| held.person, by_person).await
            }
            AnnotationChanged::TYPE => {
                let by_person = |held: &Versions| held.id.to_string();
                self.of_documents(|held| held.annotation, by_person).await
            }
            TieChanged::TYPE => {
                let by_pair = |held: &Versions| format!("{}/{}", held.account, held.id);
                self.of_documents(|held| held.tie, by_pair).await
            }
            other => Err(CommitError::Internal(anyhow::anyhow!(
                "expected an event type that is held, found {other}"
            ))),
        }
    }
}

impl App {
    /// Of one part of every document; `subject` as the part's event spells it.
    async fn of_documents(
        &self,
        version: fn(&Versions) -> Option<i64>,
        subject: fn(&Versions) -> String,
    ) -> Result<Digests, CommitError> {
        let mut digests = Digests::new();
        let mut take = |held: Versions| {
            if let Some(version) = version(&held) {
                let digest = digests.entry(held.account.0).or_default();
                digest.add(&subject(&held), version);
            }
        };
        self.index.versions(&mut take).await.map_err(failed)?;
        Ok(digests)
    }
}

fn failed(error: IndexError) -> CommitError {
    match error {
        IndexError::Unavailable(why) => CommitError::Unavailable(why),
        other => CommitError::Internal(other.into()),
    }
}
