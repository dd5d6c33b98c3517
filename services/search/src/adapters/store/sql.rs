//! The text of the store.

use std::collections::BTreeMap;

use async_trait::async_trait;
use kith_shared::{
    events::users::AccountChanged,
    ids::{AccountId, CircleId},
    open::OpenCircle,
};
use skeleton_durable::{
    commit::CommitError,
    sql::{WriteError, classify},
    stored,
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Store, Write as SqlWrite,
    dialect::{Connection, Db},
    scan::{Row, column},
};
use crate::{
    adapters::store::stored::StoredCircle,
    domain::visibility::Circle,
    ports::{Projection, Write},
};

#[async_trait]
impl Projection for Store {
    async fn circles(&self, account: AccountId) -> Result<Vec<Circle>, CommitError> {
        let rows = sqlx::query(
            "SELECT circle.id, circle.body FROM circle_member \
             JOIN circle ON circle.id = circle_member.circle WHERE circle_member.account = $1",
        )
        .bind(account.0)
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        rows.iter().map(circle).collect()
    }

    async fn names(
        &self,
        accounts: &[AccountId],
    ) -> Result<BTreeMap<AccountId, String>, CommitError> {
        let rows: Vec<(Uuid, String)> = among(
            "SELECT id, display_name FROM account WHERE erased = 0 AND id IN (",
            accounts,
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
        let rows: Vec<Uuid> = among(
            "SELECT id FROM account WHERE erased = 1 AND id IN (",
            accounts,
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

/// A circle; one that cannot be read is an error that names it: whoever cannot know what is shared
/// shows nothing.
pub(super) fn circle(row: &Row) -> Result<Circle, CommitError> {
    let id: Uuid = column(row, "id")?;
    let stored: StoredCircle = stored::read(column(row, "body")?, id)?;
    Ok(stored.circle())
}

/// `text` with the ids behind it; with none of them it finds nothing.
fn among(text: &'static str, accounts: &[AccountId]) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::<Db>::new(text);
    let mut list = query.separated(", ");
    if accounts.is_empty() {
        list.push("NULL");
    }
    for account in accounts {
        list.push_bind(account.0);
    }
    query.push(")");
    query
}

impl SqlWrite for Write {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        match self {
            Self::Account(account) => write_account(on, account).await,
            Self::Circle(circle) => write_circle(on, circle).await,
            Self::Erased(account) => erase(on, *account).await,
        }
    }
}

async fn write_account(on: &mut Connection, account: &AccountChanged) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO account (id, version, display_name) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, \
         display_name = excluded.display_name \
         WHERE excluded.version > account.version AND account.erased = 0",
    )
    .bind(account.account_id.0)
    .bind(account.version)
    .bind(&account.display_name)
    .execute(on)
    .await?;
    Ok(())
}

async fn write_circle(on: &mut Connection, circle: &OpenCircle) -> Result<(), WriteError> {
    let body = stored::write(&StoredCircle {
        members: circle.members.clone(),
    });
    let newer = sqlx::query(
        "INSERT INTO circle (id, version, body) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body \
         WHERE excluded.version > circle.version",
    )
    .bind(circle.circle_id.0)
    .bind(circle.version)
    .bind(body)
    .execute(&mut *on)
    .await?
    .rows_affected();
    if newer == 0 {
        return Ok(());
    }
    sqlx::query("DELETE FROM circle_member WHERE circle = $1")
        .bind(circle.circle_id.0)
        .execute(&mut *on)
        .await?;
    for member in &circle.members {
        sqlx::query(
            "INSERT INTO circle_member (account, circle) VALUES ($1, $2) \
             ON CONFLICT (account, circle) DO NOTHING",
        )
        .bind(member.account_id.0)
        .bind(circle.circle_id.0)
        .execute(&mut *on)
        .await?;
    }
    Ok(())
}

async fn erase(on: &mut Connection, account: AccountId) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO account (id, version, display_name, erased) VALUES ($1, 0, '', 1) \
         ON CONFLICT (id) DO UPDATE SET display_name = '', erased = 1",
    )
    .bind(account.0)
    .execute(&mut *on)
    .await?;
    sqlx::query("DELETE FROM circle_member WHERE account = $1")
        .bind(account.0)
        .execute(&mut *on)
        .await?;
    Ok(())
}
