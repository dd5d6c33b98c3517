//! What the store answers: a file for each part of its port.

mod books;
mod correspondence;
mod imports;
mod replay;

use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::sql::classify;
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{
    Store,
    dialect::{Db, Pool},
    rows::DbRow,
};
use crate::ports::Read;

/// `SELECT <columns> FROM <table> WHERE `
fn select(columns: &'static str, table: &'static str) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("SELECT ");
    query.push(columns).push(" FROM ").push(table);
    query.push(" WHERE ");
    query
}

async fn rows(mut query: QueryBuilder<Db>, on: &Pool) -> Read<Vec<DbRow>> {
    query.build().fetch_all(on).await.map_err(classify)
}

/// Rows of few columns, by their order.
async fn tuples<T>(mut query: QueryBuilder<Db>, on: &Pool) -> Read<Vec<T>>
where
    T: for<'r> FromRow<'r, DbRow> + Send + Unpin,
{
    let query = query.build_query_as();
    query.fetch_all(on).await.map_err(classify)
}

/// The version of an account's book. It is asked for before anything of the book: what is read
/// later can only be newer, and then the commit finds out.
async fn book_version(on: &Pool, account: AccountId) -> Read<i64> {
    let version = sqlx::query_scalar("SELECT book_version FROM account WHERE id = $1")
        .bind(account.0)
        .fetch_optional(on)
        .await
        .map_err(classify)?;
    Ok(version.unwrap_or(0))
}

fn persons(found: Vec<(Uuid,)>) -> Vec<PersonId> {
    found.into_iter().map(|(id,)| PersonId(id)).collect()
}
