//! Writing: an account as users publishes it, and its erasure.

use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::{sql::WriteError, stored};

use super::{super::dialect::Connection, execute};
use crate::{
    adapters::store::stored::{StoredEmails, StoredKeyHashes},
    domain::{account::Account, key::keyed_for},
};

/// That keys are to be made again, also where the region soon is again what it was: what came in
/// between has others.
const KEYED_FOR_NOTHING: &str = "-";

/// Nothing where a newer version is known, or where the account is gone.
pub(super) async fn save_account(account: &Account, on: &mut Connection) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO account (id, version, region, emails, keys, keyed_for) \
         VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, region = excluded.region, \
         emails = excluded.emails, keys = excluded.keys, keyed_to = CASE \
         WHEN excluded.region IS DISTINCT FROM account.region THEN NULL ELSE account.keyed_to END, \
         keyed_for = CASE WHEN excluded.region IS DISTINCT FROM account.region \
         AND account.keyed_for IS NOT NULL THEN $7 ELSE account.keyed_for END \
         WHERE excluded.version > account.version AND account.erased = 0",
    )
    .bind(account.id.0)
    .bind(account.version)
    .bind(&account.region)
    .bind(stored::write(&StoredEmails::from(&account.emails)))
    .bind(stored::write(&StoredKeyHashes::from(&account.keys)))
    // A book without records has all its keys.
    .bind(keyed_for(account.region.as_deref()))
    .bind(KEYED_FOR_NOTHING)
    .execute(on)
    .await?;
    Ok(())
}

/// How far a book's keys were made again. Nothing where the account is gone, or its region became
/// another meanwhile.
pub(super) async fn rekeyed(
    account: AccountId,
    keyed_for: &str,
    after: Option<PersonId>,
    on: &mut Connection,
) -> Result<(), WriteError> {
    let text = match after {
        Some(_) => {
            "UPDATE account SET keyed_to = $2 WHERE id = $1 AND erased = 0 \
             AND $3 LIKE '% ' || COALESCE(region, '')"
        }
        None => {
            "UPDATE account SET keyed_to = $2, keyed_for = $3 WHERE id = $1 AND erased = 0 \
             AND $3 LIKE '% ' || COALESCE(region, '')"
        }
    };
    sqlx::query(text)
        .bind(account.0)
        .bind(after.map(|it| it.0))
        .bind(keyed_for)
        .execute(on)
        .await?;
    Ok(())
}

/// What is left is the account's id, and that it is gone.
pub(super) async fn erase(
    account: AccountId,
    version: i64,
    on: &mut Connection,
) -> Result<(), WriteError> {
    const TEXTS: [&str; 13] = [
        "DELETE FROM receipt WHERE import IN (SELECT id FROM import WHERE account = $1)",
        "DELETE FROM import WHERE account = $1",
        "DELETE FROM upload WHERE account = $1",
        "DELETE FROM person WHERE account = $1",
        "DELETE FROM different WHERE account = $1",
        "DELETE FROM record WHERE account = $1",
        "DELETE FROM person_key WHERE account = $1",
        "DELETE FROM message WHERE account = $1",
        "DELETE FROM correspondent WHERE account = $1",
        "DELETE FROM bucket WHERE account = $1",
        "DELETE FROM pair WHERE account = $1",
        "DELETE FROM stale WHERE account = $1",
        "DELETE FROM kept_answer WHERE account = $1",
    ];
    // First: whoever changes the book at the same time waits for this row, and then is refused.
    // Otherwise what they add could come after it was deleted here.
    sqlx::query(
        "INSERT INTO account (id, version, erased) VALUES ($1, $2, 1) ON CONFLICT (id) DO UPDATE SET \
         version = excluded.version, region = NULL, emails = '[]', keys = '[]', erased = 1",
    )
    .bind(account.0)
    .bind(version)
    .execute(&mut *on)
    .await?;
    for text in TEXTS {
        execute(text, account.0, on).await?;
    }
    // What waits to leave or to be handled names the account too; what was handled does not.
    let mention = format!("%\"{account}\"%");
    for text in [
        "DELETE FROM outbox WHERE envelope LIKE $1",
        "DELETE FROM inbox WHERE state <> 1 AND envelope LIKE $1",
    ] {
        sqlx::query(text)
            .bind(mention.as_str())
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}
