//! The text of the store, for both dialects.

use async_trait::async_trait;
use skeleton_durable::{
    commit::CommitError,
    sql::{WriteError, classify},
    stored::Unreadable,
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Store, Write as SqlWrite,
    dialect::{Connection, Db},
    scan::{Key, Row, Table, column},
};
use crate::{
    domain::thing::{Name, Thing},
    ports::{Things, Write},
};

/// Every table, to be read row by row: what `kith doctor` finds that cannot be read.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "thing",
        key: &[Key::Id("id")],
        columns: "*",
        read: |row| thing(row).map(drop),
    },
    Table {
        name: "activity",
        key: &[Key::Id("account")],
        columns: "*",
        read: |row| column::<i64>(row, "changes").map(drop),
    },
];

/// A row that cannot be read is an error that names it, never a default.
fn thing(row: &Row) -> Result<Thing, CommitError> {
    let id: Uuid = column(row, "id")?;
    let (account, version) = (column(row, "account")?, column(row, "version")?);
    let name = Name::parse(column(row, "name")?)
        .map_err(|error| Unreadable::new("thing", id, format!("name: {error}")))?;
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
        let row = sqlx::query(
            "SELECT id, account, version, name FROM thing WHERE account = $1 AND id = $2",
        )
        .bind(account)
        .bind(id)
        .fetch_optional(self.reader())
        .await
        .map_err(classify)?;
        row.as_ref().map(thing).transpose()
    }

    async fn things(
        &self,
        account: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Thing>, CommitError> {
        let rows =
            sqlx::query("SELECT id, account, version, name FROM thing WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3")
                .bind(account)
                .bind(after.unwrap_or(Uuid::nil()))
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_all(self.reader())
                .await
                .map_err(classify)?;
        rows.iter().map(thing).collect()
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
        let mut things = Vec::with_capacity(writes.len());
        for write in writes {
            match write {
                Self::Thing(thing) if write.may_share() => things.push(thing),
                // Not written together with others, but written.
                Self::Thing(_) | Self::Activity { .. } => write.apply(&mut *on).await?,
            }
        }
        if things.is_empty() {
            return Ok(());
        }
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
