//! Sessions and failed sign-ins, written.

use kith_shared::ids::{AccountId, SessionId};
use skeleton_durable::sql::WriteError;

use super::super::dialect::Connection;
use crate::{
    domain::{back_off::Attempts, session::Session},
    ports::Sweep,
};

pub(super) async fn insert(on: &mut Connection, session: &Session) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO session (id, account_id, token_hash, created_at, last_seen_at, expires_at, user_agent) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(session.id.0)
    .bind(session.account_id.0)
    .bind(&session.token.0)
    .bind(session.created_at.as_microsecond())
    .bind(session.last_seen_at.as_microsecond())
    .bind(session.expires_at.as_microsecond())
    .bind(session.user_agent.as_deref())
    .execute(on)
    .await?;
    Ok(())
}

/// A session that ended meanwhile stays ended.
pub(super) async fn touch(on: &mut Connection, session: &Session) -> Result<(), WriteError> {
    sqlx::query("UPDATE session SET last_seen_at = $2, expires_at = $3 WHERE id = $1")
        .bind(session.id.0)
        .bind(session.last_seen_at.as_microsecond())
        .bind(session.expires_at.as_microsecond())
        .execute(on)
        .await?;
    Ok(())
}

pub(super) async fn delete(
    on: &mut Connection,
    id: SessionId,
    account: AccountId,
) -> Result<(), WriteError> {
    let rows = sqlx::query("DELETE FROM session WHERE id = $1 AND account_id = $2")
        .bind(id.0)
        .bind(account.0)
        .execute(on)
        .await?
        .rows_affected();
    WriteError::unless_one(rows, "session")
}

pub(super) async fn save_attempts(
    on: &mut Connection,
    key: &str,
    attempts: &Attempts,
    expected: i64,
) -> Result<(), WriteError> {
    let rows = sqlx::query(
        "INSERT INTO sign_in_attempt (key, failures, last_at, blocked_until) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, \
         blocked_until = excluded.blocked_until WHERE sign_in_attempt.failures = $5",
    )
    .bind(key)
    .bind(attempts.failures)
    .bind(attempts.last_at.as_microsecond())
    .bind(attempts.blocked_until.as_microsecond())
    .bind(expected)
    .execute(on)
    .await?
    .rows_affected();
    WriteError::unless_one(rows, "sign-in attempts")
}

pub(super) async fn forget_attempts(on: &mut Connection, key: &str) -> Result<(), WriteError> {
    sqlx::query("DELETE FROM sign_in_attempt WHERE key = $1")
        .bind(key)
        .execute(on)
        .await?;
    Ok(())
}

pub(super) async fn sweep(on: &mut Connection, sweep: Sweep) -> Result<(), WriteError> {
    let statements = [
        ("DELETE FROM session WHERE expires_at <= $1", sweep.sessions),
        (
            "DELETE FROM sign_in_attempt WHERE last_at < $1",
            sweep.attempts,
        ),
        (
            "DELETE FROM invitation WHERE status <> 'pending' AND expires_at < $1",
            sweep.invitations,
        ),
    ];
    for (text, before) in statements {
        sqlx::query(text)
            .bind(before.as_microsecond())
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}
