//! What a database says of its own tables.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, Row as _};

use super::{
    cells::{self, Kinds},
    dialect::Connection,
};
use crate::{commit::CommitError, sql::classify};

/// Names of tables and columns that the database itself told, and constants.
pub(super) fn text(text: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(text)
}

/// All tables with the kinds of their columns by name.
pub(super) async fn schema(on: &mut Connection) -> Result<BTreeMap<String, Kinds>, CommitError> {
    let rows = sqlx::query(cells::COLUMNS)
        .fetch_all(on)
        .await
        .map_err(classify)?;
    let mut tables: BTreeMap<String, Kinds> = BTreeMap::new();
    for row in rows {
        let of = |at| row.try_get::<String, _>(at).map_err(classify);
        let columns = tables.entry(of(0)?).or_default();
        columns.insert(of(1)?, of(2)?);
    }
    Ok(tables)
}

/// The tables in an order in which rows find those that they refer to.
pub(super) async fn ordered(
    on: &mut Connection,
    tables: impl Iterator<Item = &String>,
) -> Result<Vec<String>, CommitError> {
    let mut refers: BTreeMap<String, BTreeSet<String>> = tables
        .map(|table| (table.clone(), BTreeSet::new()))
        .collect();
    let rows = sqlx::query(cells::REFERENCES)
        .fetch_all(on)
        .await
        .map_err(classify)?;
    for row in rows {
        let of = |at| row.try_get::<String, _>(at).map_err(classify);
        let (from, to) = (of(0)?, of(1)?);
        if from != to
            && refers.contains_key(&to)
            && let Some(targets) = refers.get_mut(&from)
        {
            targets.insert(to);
        }
    }
    let mut order = Vec::with_capacity(refers.len());
    while !refers.is_empty() {
        let free = refers.iter().find(|(_, targets)| targets.is_empty());
        let Some(free) = free.map(|(name, _)| name.clone()) else {
            let ring: Vec<_> = refers.into_keys().collect();
            return Err(CommitError::Internal(anyhow::anyhow!(
                "tables refer to each other in a ring: {}",
                ring.join(", ")
            )));
        };
        refers.remove(&free);
        refers.values_mut().for_each(|targets| {
            targets.remove(&free);
        });
        order.push(free);
    }
    Ok(order)
}

/// Runs a statement of such names and constants.
pub(super) async fn run(on: &mut Connection, statement: String) -> Result<(), CommitError> {
    sqlx::raw_sql(text(statement))
        .execute(on)
        .await
        .map(drop)
        .map_err(classify)
}
