//! What the use cases ask the store.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kith_shared::ids::{AccountId, CircleId};
use skeleton_durable::{
    commit::CommitError,
    sql::{among, classify},
};
use uuid::Uuid;

use super::{Store, dialect::Db, rows};
use crate::{domain::visibility::Circle, ports};

#[async_trait]
impl ports::Store for Store {
    async fn circles(&self, account: AccountId) -> Result<Vec<Circle>, CommitError> {
        let rows = sqlx::query(
            "SELECT circle.id, circle.body FROM circle_member \
             JOIN circle ON circle.id = circle_member.circle WHERE circle_member.account = $1",
        )
        .bind(account.0)
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        rows.iter().map(rows::circle).collect()
    }

    async fn names(
        &self,
        accounts: &[AccountId],
    ) -> Result<BTreeMap<AccountId, String>, CommitError> {
        let rows: Vec<(Uuid, String)> = among::<Db, _>(
            "SELECT id, display_name FROM account WHERE erased = 0 AND id IN",
            accounts.iter().map(|id| id.0),
        )
        .build_query_as()
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        Ok(rows
            .into_iter()
            .map(|(id, name)| (AccountId(id), name))
            .collect())
    }

    async fn erased(&self, accounts: &[AccountId]) -> Result<Vec<AccountId>, CommitError> {
        let rows: Vec<Uuid> = among::<Db, _>(
            "SELECT id FROM account WHERE erased = 1 AND id IN",
            accounts.iter().map(|id| id.0),
        )
        .build_query_scalar()
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        Ok(rows.into_iter().map(AccountId).collect())
    }

    async fn account_versions(&self) -> Result<Vec<(AccountId, i64)>, CommitError> {
        let rows: Vec<(Uuid, i64)> =
            sqlx::query_as("SELECT id, version FROM account WHERE erased = 0")
                .fetch_all(self.reader())
                .await
                .map_err(classify)?;
        let accounts = rows.into_iter();
        Ok(accounts
            .map(|(id, version)| (AccountId(id), version))
            .collect())
    }

    async fn circle_versions(&self) -> Result<Vec<(CircleId, i64)>, CommitError> {
        let rows: Vec<(Uuid, i64)> = sqlx::query_as("SELECT id, version FROM circle")
            .fetch_all(self.reader())
            .await
            .map_err(classify)?;
        let circles = rows.into_iter();
        Ok(circles
            .map(|(id, version)| (CircleId(id), version))
            .collect())
    }
}
