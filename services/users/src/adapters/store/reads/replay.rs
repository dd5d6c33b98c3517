//! Everything that there is: page by page, to be told again, and as digests.

use async_trait::async_trait;
use kith_shared::{
    events::users::{AccountChanged, CircleChanged, ErasureRequested},
    ids::{AccountId, CircleId, InvitationId},
};
use skeleton_durable::{
    Event as _,
    reconcile::{Digests, add_up_rows},
    sql::classify,
};
use uuid::Uuid;

use super::{
    super::{
        Store,
        rows::{self, Row, accounts, get, invitations},
    },
    with_addresses, with_members,
};
use crate::{
    domain::{account::Account, circle::Circle, invitation::Invitation},
    ports::{Census, Read},
};

#[async_trait]
impl Census for Store {
    async fn accounts_after(&self, after: Option<AccountId>, limit: u32) -> Read<Vec<Account>> {
        let text = accounts!("WHERE id > $1 ORDER BY id LIMIT $2");
        let found = page(self, text, after.map(|id| id.0), limit).await?;
        with_addresses(self, &found).await
    }

    async fn circles_after(&self, after: Option<CircleId>, limit: u32) -> Read<Vec<Circle>> {
        let text = "SELECT id, version, name FROM circle WHERE id > $1 ORDER BY id LIMIT $2";
        let found = page(self, text, after.map(|id| id.0), limit).await?;
        with_members(self, &found).await
    }

    async fn invitations_after(
        &self,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Read<Vec<Invitation>> {
        let text = invitations!("WHERE id > $1 ORDER BY id LIMIT $2");
        let found = page(self, text, after.map(|id| id.0), limit).await?;
        found.iter().map(rows::invitation).collect()
    }

    async fn erased_after(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> Read<Vec<ErasureRequested>> {
        let text = "SELECT id, version FROM erased WHERE id > $1 ORDER BY id LIMIT $2";
        let found = page(self, text, after.map(|id| id.0), limit).await?;
        found
            .iter()
            .map(|row| {
                Ok(ErasureRequested {
                    account_id: AccountId(get(row, "id")?),
                    version: get(row, "version")?,
                })
            })
            .collect()
    }

    async fn digests(&self, kind: &str) -> Read<Digests> {
        let (text, are_accounts) = match kind {
            AccountChanged::TYPE => ("SELECT id, version FROM account", true),
            CircleChanged::TYPE => ("SELECT id, version FROM circle", false),
            ErasureRequested::TYPE => ("SELECT id, version FROM erased", true),
            _ => return Ok(Digests::new()),
        };
        let rows = sqlx::query_as::<_, (Uuid, i64)>(text).fetch(self.reader());
        add_up_rows(rows, are_accounts).await.map_err(classify)
    }
}

/// Ids are never nil, so what follows nil is the beginning.
async fn page(
    store: &Store,
    text: &'static str,
    after: Option<Uuid>,
    limit: u32,
) -> Read<Vec<Row>> {
    sqlx::query(text)
        .bind(after.unwrap_or(Uuid::nil()))
        .bind(i64::from(limit))
        .fetch_all(store.reader())
        .await
        .map_err(classify)
}
