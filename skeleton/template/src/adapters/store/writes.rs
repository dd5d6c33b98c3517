//! What is written.

use skeleton_durable::sql::WriteError;
use sqlx::QueryBuilder;

use super::{
    Write as SqlWrite,
    dialect::{Connection, Db},
};
use crate::ports::Write;

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
