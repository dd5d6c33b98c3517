//! Removes an account's data and leaves a tombstone: its id.

use kith_shared::ids::AccountId;
use sqlx::SqliteConnection;

use skeleton_durable::sql::WriteError;

/// Everything that carries the account's id, each table by its own statement.
const STATEMENTS: &[&str] = &[
    "DELETE FROM person WHERE account_id = $1",
    "DELETE FROM interactions WHERE account_id = $1",
    "DELETE FROM band WHERE account_id = $1",
    "DELETE FROM annotation WHERE account_id = $1",
    "DELETE FROM tag WHERE account_id = $1",
    "DELETE FROM note WHERE account_id = $1",
    "DELETE FROM applied_import WHERE account_id = $1",
    "DELETE FROM circle_member WHERE account_id = $1",
    "DELETE FROM kept_answer WHERE account = $1",
    // It was counted, so the row is there.
    "UPDATE account SET version = 0, erased = 1, display_name = '', verified = '[]', \
     account_at = changes WHERE account_id = $1",
];

pub(super) async fn erase(on: &mut SqliteConnection, account: AccountId) -> Result<(), WriteError> {
    for statement in STATEMENTS {
        sqlx::query(*statement)
            .bind(account.0)
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}
