//! All persons and pairs: page by page, to be published again, and as digests.

use async_trait::async_trait;
use futures::TryStreamExt as _;
use kith_shared::{
    events::{
        ingest::{InteractionsChanged, PersonChanged},
        users::{AccountChanged, ErasureRequested},
    },
    ids::{AccountId, PersonId},
};
use skeleton_durable::{
    Event,
    reconcile::{Digests, add_up},
    sql::classify,
};
use uuid::Uuid;

use super::{super::rows::other_end, Store};
use crate::{
    domain::interactions::Pair,
    ports::{Census, NOBODY, PairPlace, Read},
};

#[async_trait]
impl Census for Store {
    /// Ids are never nil, so what follows nil is the beginning.
    async fn persons_after(
        &self,
        after: Option<PersonId>,
        limit: u32,
    ) -> Read<Vec<(AccountId, PersonId)>> {
        let found: Vec<(Uuid, Uuid)> =
            sqlx::query_as("SELECT account, id FROM person WHERE id > $1 ORDER BY id LIMIT $2")
                .bind(after.map_or(Uuid::nil(), |id| id.0))
                .bind(i64::from(limit))
                .fetch_all(self.reader())
                .await
                .map_err(classify)?;
        Ok(found
            .into_iter()
            .map(|(account, id)| (AccountId(account), PersonId(id)))
            .collect())
    }

    async fn pairs_after(
        &self,
        after: Option<PairPlace>,
        limit: u32,
    ) -> Read<Vec<(AccountId, Pair)>> {
        let after = after.map_or((Uuid::nil(), Uuid::nil(), Uuid::nil()), |it| {
            (
                it.account.0,
                it.person.0,
                it.other.map_or(NOBODY, |id| id.0),
            )
        });
        let found: Vec<(Uuid, Uuid, Uuid, i64, Vec<u8>)> = sqlx::query_as(
            "SELECT account, person, other, version, digest FROM pair \
             WHERE (account, person, other) > ($1, $2, $3) \
             ORDER BY account, person, other LIMIT $4",
        )
        .bind(after.0)
        .bind(after.1)
        .bind(after.2)
        .bind(i64::from(limit))
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        Ok(found
            .into_iter()
            .map(|(account, person, end, version, digest)| {
                let pair = Pair {
                    person: PersonId(person),
                    other: other_end(end),
                    version,
                    digest,
                };
                (AccountId(account), pair)
            })
            .collect())
    }

    async fn digests(&self, kind: &str) -> Read<Digests> {
        // Accounts that users has not published yet have no version above 0.
        let text = match kind {
            AccountChanged::TYPE => {
                "SELECT id, id, id, version FROM account WHERE erased = 0 AND version > 0"
            }
            ErasureRequested::TYPE => "SELECT id, id, id, version FROM account WHERE erased = 1",
            PersonChanged::TYPE => "SELECT account, id, id, version FROM person",
            InteractionsChanged::TYPE => "SELECT account, person, other, version FROM pair",
            _ => return Ok(Digests::new()),
        };
        let of_pairs = kind == InteractionsChanged::TYPE;
        let rows = sqlx::query_as::<_, (Uuid, Uuid, Uuid, i64)>(text).fetch(self.reader());
        let subjects = rows.map_ok(|(account, id, end, version)| {
            let subject = if of_pairs {
                InteractionsChanged {
                    account_id: AccountId(account),
                    person_id: PersonId(id),
                    other_id: other_end(end),
                    version,
                    buckets: Vec::new(),
                }
                .subject()
            } else {
                id.to_string()
            };
            (account, subject, version)
        });
        add_up(subjects).await.map_err(classify)
    }
}
