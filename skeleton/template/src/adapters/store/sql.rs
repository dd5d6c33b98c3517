//! The text of the store, for both dialects.

use async_trait::async_trait;
use skeleton_durable::{
    commit::CommitError,
    sql::{WriteError, classify},
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Store, Write as SqlWrite,
    dialect::{Connection, Db},
};
use crate::{
    domain::thing::{Name, Thing},
    ports::{Things, Write},
};

type Row = (Uuid, Uuid, i64, String);

fn thing((id, account, version, name): Row) -> Result<Thing, CommitError> {
    let name = Name::parse(&name).map_err(|error| {
        CommitError::Internal(anyhow::anyhow!("thing {id} has no name: {error}"))
    })?;
    Ok(Thing {
        id,
        account,
        version,
        name,
    })
}

#[async_trait]
impl Things for Store {
    async fn thing(&self, account: Uuid, id: Uuid) -> Result<Option<Thing>, CommitError> {
        let row: Option<Row> = sqlx::query_as(
            "SELECT id, account, version, name FROM thing WHERE account = $1 AND id = $2",
        )
        .bind(account)
        .bind(id)
        .fetch_optional(self.reader())
        .await
        .map_err(classify)?;
        row.map(thing).transpose()
    }

    async fn things(
        &self,
        account: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Thing>, CommitError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, account, version, name FROM thing WHERE account = $1 AND id > $2 \
             ORDER BY id LIMIT $3",
        )
        .bind(account)
        .bind(after.unwrap_or(Uuid::nil()))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        rows.into_iter().map(thing).collect()
    }

    async fn activity(&self, account: Uuid) -> Result<i64, CommitError> {
        sqlx::query_scalar("SELECT changes FROM activity WHERE account = $1")
            .bind(account)
            .fetch_optional(self.reader())
            .await
            .map(Option::unwrap_or_default)
            .map_err(classify)
    }
}

impl SqlWrite for Write {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        match self {
            Self::Thing(thing) if thing.version == 1 => {
                sqlx::query(
                    "INSERT INTO thing (id, account, version, name) VALUES ($1, $2, 1, $3)",
                )
                .bind(thing.id)
                .bind(thing.account)
                .bind(thing.name.as_str())
                .execute(on)
                .await?;
                Ok(())
            }
            Self::Thing(thing) => {
                let written = sqlx::query(
                    "UPDATE thing SET version = $3, name = $4 \
                     WHERE id = $1 AND account = $2 AND version = $3 - 1",
                )
                .bind(thing.id)
                .bind(thing.account)
                .bind(thing.version)
                .bind(thing.name.as_str())
                .execute(on)
                .await?;
                WriteError::unless_one(written.rows_affected(), "the thing's version")
            }
            Self::Activity { account, changes } => {
                sqlx::query(
                    "INSERT INTO activity (account, changes) VALUES ($1, $2) \
                     ON CONFLICT (account) DO UPDATE SET changes = activity.changes + excluded.changes",
                )
                .bind(account)
                .bind(changes)
                .execute(on)
                .await?;
                Ok(())
            }
        }
    }

    /// New things: nobody else knows their ids yet.
    fn may_share(&self) -> bool {
        matches!(self, Self::Thing(thing) if thing.version == 1)
    }

    async fn apply_shared(writes: &[&Self], on: &mut Connection) -> Result<(), WriteError> {
        let things = writes.iter().filter_map(|write| match write {
            Self::Thing(thing) => Some(thing),
            Self::Activity { .. } => None,
        });
        let mut query = QueryBuilder::<Db>::new("INSERT INTO thing (id, account, version, name) ");
        query.push_values(things, |mut row, thing| {
            row.push_bind(thing.id)
                .push_bind(thing.account)
                .push_bind(thing.version)
                .push_bind(thing.name.as_str());
        });
        query.build().execute(on).await?;
        Ok(())
    }
}
