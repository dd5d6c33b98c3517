//! The store in the next version.

use serde::Serialize;
use skeleton_durable::{
    commit::CommitError,
    migrations::Migrations,
    sql::{
        WriteError, classify,
        postgres::{self, Store, dialect::Connection},
    },
};
use uuid::Uuid;

use crate::thing::Thing;

/// The scripts of the version before, as it published them, and one more.
pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "template_migrations",
    scripts: &[
        (
            "V1__things",
            include_str!("../../../skeleton/template/migrations/postgres/V1__things.sql"),
        ),
        ("V2__colour", include_str!("../migrations/V2__colour.sql")),
    ],
};

pub(crate) enum Write {
    New(Thing),
    Activity { account: Uuid, changes: Changes },
}

/// How often an account's things changed, by the schema of the event.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Changes {
    pub(crate) new_schema: i64,
    pub(crate) old_schema: i64,
}

impl postgres::Write for Write {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        match self {
            Self::New(thing) => {
                sqlx::query(
                    "INSERT INTO thing (id, account, version, name, colour) VALUES ($1, $2, $3, $4, $5)",
                )
                .bind(thing.id)
                .bind(thing.account)
                .bind(thing.version)
                .bind(&thing.name)
                .bind(&thing.colour)
                .execute(on)
                .await?;
            }
            Self::Activity { account, changes } => {
                sqlx::query(
                    "INSERT INTO activity AS old (account, changes, new_schema, old_schema) \
                     VALUES ($1, $2 + $3, $2, $3) \
                     ON CONFLICT (account) DO UPDATE SET changes = old.changes + excluded.changes, \
                     new_schema = old.new_schema + excluded.new_schema, \
                     old_schema = old.old_schema + excluded.old_schema",
                )
                .bind(account)
                .bind(changes.new_schema)
                .bind(changes.old_schema)
                .execute(on)
                .await?;
            }
        }
        Ok(())
    }
}

type Row = (Uuid, Uuid, i64, String, String);

/// All things of an account; a test has few.
pub(crate) async fn things(store: &Store, account: Uuid) -> Result<Vec<Thing>, CommitError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, account, version, name, colour FROM thing WHERE account = $1 ORDER BY id",
    )
    .bind(account)
    .fetch_all(store.reader())
    .await
    .map_err(classify)?;
    let thing = |(id, account, version, name, colour): Row| Thing {
        id,
        account,
        version,
        name,
        colour,
    };
    Ok(rows.into_iter().map(thing).collect())
}

/// All changes that any version counted, and those that this one did.
pub(crate) async fn activity(store: &Store, account: Uuid) -> Result<(i64, Changes), CommitError> {
    let row: Option<(i64, i64, i64)> =
        sqlx::query_as("SELECT changes, new_schema, old_schema FROM activity WHERE account = $1")
            .bind(account)
            .fetch_optional(store.reader())
            .await
            .map_err(classify)?;
    let (changes, new_schema, old_schema) = row.unwrap_or_default();
    let by_this_version = Changes {
        new_schema,
        old_schema,
    };
    Ok((changes, by_this_version))
}
