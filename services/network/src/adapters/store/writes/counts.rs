//! The counts of accounts: what changed since a decision began, and who is erased.

use std::collections::{BTreeMap, HashMap};

use kith_shared::ids::{AccountId, PersonId};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use skeleton_durable::sql::WriteError;

use crate::ports::Touch;

/// Rows in one statement.
const ROWS: usize = 500;

/// The counts of the accounts that a change set touches.
pub(super) struct Counts(HashMap<Uuid, i64>);

impl Counts {
    pub(super) fn of(&self, account: AccountId) -> i64 {
        self.0.get(&account.0).copied().unwrap_or_default()
    }
}

/// Counts up, in the order of ids, so that two writers wait for instead of block each other.
pub(super) async fn touch(
    on: &mut SqliteConnection,
    touched: &BTreeMap<AccountId, Touch>,
) -> Result<Counts, WriteError> {
    let all: Vec<(&AccountId, &Touch)> = touched.iter().collect();
    let mut counts = HashMap::with_capacity(all.len());
    for accounts in all.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO account (account_id, version, erased, display_name, verified, changes, \
             tags_at) ",
        );
        query.push_values(accounts, |mut row, (account, touch)| {
            row.push_bind(account.0)
                .push("0, 0, '', '[]', 1")
                .push_bind(i64::from(touch.tags));
        });
        query.push(
            " ON CONFLICT (account_id) DO UPDATE SET changes = account.changes + 1, tags_at = \
             CASE WHEN excluded.tags_at > 0 THEN account.changes + 1 ELSE account.tags_at END \
             RETURNING account_id, changes, erased",
        );
        let rows: Vec<(Uuid, i64, i64)> = query.build_query_as().fetch_all(&mut *on).await?;
        for (account, changes, erased) in rows {
            if erased == 1 && touched[&AccountId(account)].adds {
                let what = "the account was erased in the meantime";
                return Err(WriteError::Conflict(what.to_owned()));
            }
            counts.insert(account, changes);
        }
    }
    Ok(Counts(counts))
}

pub(super) async fn expect_evidence(
    on: &mut SqliteConnection,
    owner: AccountId,
    since: i64,
    persons: &[PersonId],
) -> Result<(), WriteError> {
    for persons in persons.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT 1 WHERE EXISTS (SELECT 1 FROM person ");
        changed_of(&mut query, owner, since);
        query.push(" AND (person_id IN (");
        push_all(&mut query, persons);
        query.push(") OR merged_into IN (");
        push_all(&mut query, persons);
        query.push("))) OR EXISTS (SELECT 1 FROM interactions ");
        changed_of(&mut query, owner, since);
        query.push(" AND other_id = ").push_bind(Uuid::nil());
        query.push(" AND person_id IN (");
        push_all(&mut query, persons);
        query.push("))");
        if query.build().fetch_optional(&mut *on).await?.is_some() {
            let what = "a person was changed in the meantime";
            return Err(WriteError::Conflict(what.to_owned()));
        }
    }
    Ok(())
}

fn changed_of(query: &mut QueryBuilder<Sqlite>, owner: AccountId, since: i64) {
    query.push("WHERE account_id = ").push_bind(owner.0);
    query.push(" AND changed > ").push_bind(since);
}

fn push_all(query: &mut QueryBuilder<Sqlite>, persons: &[PersonId]) {
    let mut list = query.separated(", ");
    for person in persons {
        list.push_bind(person.0);
    }
}
