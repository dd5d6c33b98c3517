//! Writing: who wrote with whom, and what of it was published.

use kith_shared::ids::{AccountId, ImportId, PersonId};
use skeleton_durable::sql::{WriteError, push_list};
use sqlx::QueryBuilder;

use super::{
    super::dialect::{Connection, Db},
    ROWS, execute, run, run_of_different,
};
use crate::{
    adapters::store::stored::words::day_number,
    ports::{NOBODY, Write},
};

/// A message that was counted before is a conflict.
pub(super) async fn messages(writes: &[Write], on: &mut Connection) -> Result<usize, WriteError> {
    let rows = run(writes, |write| match write {
        Write::MessageCounted { account, hash } => Some((account, hash)),
        _ => None,
    });
    let mut query = QueryBuilder::<Db>::new("INSERT INTO message (account, hash) ");
    query.push_values(&rows, |mut row, (account, hash)| {
        row.push_bind(account.0).push_bind(hash.as_slice());
    });
    query.build().persistent(false).execute(on).await?;
    Ok(rows.len())
}

pub(super) async fn correspondents(
    writes: &[Write],
    on: &mut Connection,
) -> Result<usize, WriteError> {
    let rows = run_of_different(
        writes,
        |write| match write {
            Write::Correspondent {
                account,
                correspondent,
            } => Some((account, correspondent)),
            _ => None,
        },
        |(account, it)| (**account, it.key.0.as_str()),
    );
    let mut query = QueryBuilder::<Db>::new(
        "INSERT INTO correspondent (account, key, name, other_names, written_to, wrote, last_at, \
         recorded) ",
    );
    query.push_values(&rows, |mut row, (account, it)| {
        row.push_bind(account.0)
            .push_bind(it.key.0.as_str())
            .push_bind(it.name.as_deref())
            .push_bind(i64::from(it.other_names))
            .push_bind(i64::from(it.written_to))
            .push_bind(i64::from(it.wrote))
            .push_bind(it.last_at.as_microsecond())
            .push_bind(i64::from(it.recorded));
    });
    query.push(
        " ON CONFLICT (account, key) DO UPDATE SET name = excluded.name, \
         other_names = excluded.other_names, \
         written_to = excluded.written_to, wrote = excluded.wrote, last_at = excluded.last_at, \
         recorded = excluded.recorded",
    );
    query.build().persistent(false).execute(on).await?;
    Ok(rows.len())
}

pub(super) async fn tallies(writes: &[Write], on: &mut Connection) -> Result<usize, WriteError> {
    let rows = run_of_different(
        writes,
        |write| match write {
            Write::Tally {
                account,
                bucket,
                tally,
            } => Some((account, bucket, tally)),
            _ => None,
        },
        |(account, bucket, _)| (**account, *bucket),
    );
    let mut query = QueryBuilder::<Db>::new(
        "INSERT INTO bucket (account, a, b, channel, month, group_size, sent, received, last_at) ",
    );
    query.push_values(&rows, |mut row, (account, bucket, tally)| {
        row.push_bind(account.0)
            .push_bind(bucket.a.0.as_str())
            .push_bind(bucket.b.as_ref().map_or("", |key| key.0.as_str()))
            .push_bind(bucket.channel.as_str())
            .push_bind(day_number(bucket.month))
            .push_bind(i64::from(bucket.group))
            .push_bind(i64::from(tally.sent))
            .push_bind(i64::from(tally.received))
            .push_bind(tally.last_at.as_microsecond());
    });
    query.push(
        " ON CONFLICT (account, a, b, channel, month, group_size) DO UPDATE SET \
         sent = bucket.sent + excluded.sent, received = bucket.received + excluded.received, \
         last_at = CASE WHEN excluded.last_at > bucket.last_at THEN excluded.last_at \
         ELSE bucket.last_at END",
    );
    query.build().persistent(false).execute(on).await?;
    Ok(rows.len())
}

/// Nothing of those who are stale already.
pub(super) async fn stale(writes: &[Write], on: &mut Connection) -> Result<usize, WriteError> {
    let rows = run(writes, |write| match write {
        Write::Stale {
            account,
            import,
            person,
        } => Some((account, import, person)),
        _ => None,
    });
    let mut query = QueryBuilder::<Db>::new("INSERT INTO stale (account, import, person) ");
    query.push_values(&rows, |mut row, (account, import, person)| {
        row.push_bind(account.0)
            .push_bind(import.map_or(NOBODY, |id| id.0))
            .push_bind(person.0);
    });
    query.push(" ON CONFLICT DO NOTHING");
    query.build().persistent(false).execute(on).await?;
    Ok(rows.len())
}

pub(super) async fn pairs(writes: &[Write], on: &mut Connection) -> Result<usize, WriteError> {
    let rows = run_of_different(
        writes,
        |write| match write {
            Write::Pair { account, pair } => Some((account, pair)),
            _ => None,
        },
        |(account, pair)| (**account, pair.person, pair.other),
    );
    let mut query =
        QueryBuilder::<Db>::new("INSERT INTO pair (account, person, other, version, digest) ");
    query.push_values(&rows, |mut row, (account, pair)| {
        row.push_bind(account.0)
            .push_bind(pair.person.0)
            .push_bind(pair.other.map_or(NOBODY, |id| id.0))
            .push_bind(pair.version)
            .push_bind(pair.digest.as_slice());
    });
    query.push(
        " ON CONFLICT (account, person, other) DO UPDATE SET version = excluded.version, \
         digest = excluded.digest",
    );
    query.build().persistent(false).execute(on).await?;
    Ok(rows.len())
}

pub(super) async fn stale_apart(import: ImportId, on: &mut Connection) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO stale (account, import, person) \
         SELECT account, $2, person FROM stale WHERE import = $1 ON CONFLICT DO NOTHING",
    )
    .bind(import.0)
    .bind(NOBODY)
    .execute(&mut *on)
    .await?;
    execute("DELETE FROM stale WHERE import = $1", import.0, on).await?;
    Ok(())
}

pub(super) async fn fresh(
    account: AccountId,
    import: Option<ImportId>,
    persons: &[PersonId],
    on: &mut Connection,
) -> Result<(), WriteError> {
    for persons in persons.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new("DELETE FROM stale WHERE account = ");
        query
            .push_bind(account.0)
            .push(" AND import = ")
            .push_bind(import.map_or(NOBODY, |id| id.0));
        query.push(" AND person IN");
        push_list(&mut query, persons.iter().map(|id| id.0));
        query.build().persistent(false).execute(&mut *on).await?;
    }
    Ok(())
}
