//! The effect in the consumer's store: a row a thing, which counts how often it was applied.

use skeleton_durable::{
    migrations::Migrations,
    sql::{
        WriteError,
        postgres::{Write, dialect::Connection},
    },
};
use template::domain::thing::ThingChanged;

pub(crate) const MIGRATIONS: Migrations = Migrations {
    table: "effect_migrations",
    scripts: &[(
        "V1__effects",
        "CREATE TABLE effect (thing UUID PRIMARY KEY, account UUID NOT NULL, name TEXT NOT NULL, times BIGINT NOT NULL);",
    )],
};

/// Applies a batch; a thing applied before counts one more, so that doubles show.
pub(crate) const APPLY: &str = "INSERT INTO effect (thing, account, name, times) \
     SELECT thing, account, name, 1 FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS new (thing, account, name) \
     ON CONFLICT (thing) DO UPDATE SET times = effect.times + 1";

/// The effects of a batch of events.
pub(crate) struct Effects(pub(crate) Vec<ThingChanged>);

impl Write for Effects {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        let column =
            |of: fn(&ThingChanged) -> uuid::Uuid| -> Vec<_> { self.0.iter().map(of).collect() };
        sqlx::query(APPLY)
            .bind(column(|thing| thing.thing_id))
            .bind(column(|thing| thing.account_id))
            .bind(
                self.0
                    .iter()
                    .map(|thing| thing.name.as_str())
                    .collect::<Vec<_>>(),
            )
            .execute(on)
            .await?;
        Ok(())
    }
}
