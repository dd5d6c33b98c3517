//! Accounts and their addresses, written.

use skeleton_durable::sql::WriteError;
use sqlx::QueryBuilder;

use super::super::{
    dialect::{Connection, Db},
    rows::kind_text,
};
use crate::{
    domain::{
        account::Account,
        address::{Address, Standing},
    },
    ports::sign_up_owner,
};

pub(super) async fn insert(
    on: &mut Connection,
    account: &Account,
    password: Option<&str>,
) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO account (id, version, email, display_name, time_zone, region, password, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(account.id.0)
    .bind(account.version)
    .bind(account.email.as_str())
    .bind(&account.display_name)
    .bind(&account.time_zone)
    .bind(account.region.as_deref())
    .bind(password)
    .bind(account.created_at.as_microsecond())
    .execute(&mut *on)
    .await?;
    insert_addresses(on, account).await
}

pub(super) async fn save(
    on: &mut Connection,
    account: &Account,
    expected: i64,
) -> Result<(), WriteError> {
    let rows = sqlx::query(
        "UPDATE account SET version = $3, display_name = $4, time_zone = $5, region = $6 \
         WHERE id = $1 AND version = $2",
    )
    .bind(account.id.0)
    .bind(expected)
    .bind(account.version)
    .bind(&account.display_name)
    .bind(&account.time_zone)
    .bind(account.region.as_deref())
    .execute(&mut *on)
    .await?
    .rows_affected();
    WriteError::unless_one(rows, "account")?;
    // An account has a handful of addresses: writing them anew is simpler than to compare. Those of
    // a kind that only a later version knows were not read and stay.
    let text = "DELETE FROM address \
                WHERE account_id = $1 AND kind IN ('email', 'phone', 'profile')";
    sqlx::query(text)
        .bind(account.id.0)
        .execute(&mut *on)
        .await?;
    insert_addresses(on, account).await
}

async fn insert_addresses(on: &mut Connection, account: &Account) -> Result<(), WriteError> {
    if account.addresses.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Db>::new(
        "INSERT INTO address (id, account_id, kind, value, created_at, verified_at, code_hash, \
         code_sent_at, code_expires_at, code_attempts) ",
    );
    query.push_values(&account.addresses, |mut row, address: &Address| {
        let (verified, challenge) = match &address.standing {
            Standing::Verified(at) => (Some(at.as_microsecond()), None),
            Standing::Claimed(challenge) => (None, challenge.as_ref()),
        };
        row.push_bind(address.id.0)
            .push_bind(account.id.0)
            .push_bind(kind_text(address.key.kind))
            .push_bind(address.key.value.clone())
            .push_bind(address.created_at.as_microsecond())
            .push_bind(verified)
            .push_bind(challenge.map(|c| c.code.0.clone()))
            .push_bind(challenge.map(|c| c.sent_at.as_microsecond()))
            .push_bind(challenge.map(|c| c.expires_at.as_microsecond()))
            .push_bind(challenge.map_or(0, |c| c.attempts));
    });
    query.build().execute(on).await?;
    Ok(())
}

/// Addresses, sessions and the record of a sample network go by their foreign keys.
pub(super) async fn delete(
    on: &mut Connection,
    account: &Account,
    expected: i64,
) -> Result<(), WriteError> {
    sqlx::query("DELETE FROM mail WHERE account_id = $1")
        .bind(account.id.0)
        .execute(&mut *on)
        .await?;
    for owner in [account.id.0, sign_up_owner(&account.email)] {
        sqlx::query("DELETE FROM kept_answer WHERE account = $1")
            .bind(owner)
            .execute(&mut *on)
            .await?;
    }
    sqlx::query("INSERT INTO erased (id, version) VALUES ($1, $2)")
        .bind(account.id.0)
        .bind(account.erased().version)
        .execute(&mut *on)
        .await?;
    let rows = sqlx::query("DELETE FROM account WHERE id = $1 AND version = $2")
        .bind(account.id.0)
        .bind(expected)
        .execute(on)
        .await?
        .rows_affected();
    WriteError::unless_one(rows, "account")
}
