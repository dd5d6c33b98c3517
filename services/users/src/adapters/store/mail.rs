//! Waiting mail, written.

use jiff::Timestamp;
use skeleton_durable::sql::WriteError;
use uuid::Uuid;

use super::dialect::Connection;
use crate::ports::Mail;

pub(super) async fn queue(on: &mut Connection, mail: &Mail) -> Result<(), WriteError> {
    let letter = &mail.letter;
    sqlx::query(
        "INSERT INTO mail (id, account_id, recipient, subject, body, created_at, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(letter.id)
    .bind(mail.account_id.map(|id| id.0))
    .bind(&letter.recipient)
    .bind(&letter.subject)
    .bind(&letter.body)
    .bind(letter.created_at.as_microsecond())
    .execute(on)
    .await?;
    Ok(())
}

pub(super) async fn drop_one(on: &mut Connection, id: Uuid) -> Result<(), WriteError> {
    sqlx::query("DELETE FROM mail WHERE id = $1")
        .bind(id)
        .execute(on)
        .await?;
    Ok(())
}

pub(super) async fn postpone(
    on: &mut Connection,
    id: Uuid,
    attempts: i64,
    due: Timestamp,
) -> Result<(), WriteError> {
    sqlx::query("UPDATE mail SET attempts = $2, due_at = $3 WHERE id = $1")
        .bind(id)
        .bind(attempts)
        .bind(due.as_microsecond())
        .execute(on)
        .await?;
    Ok(())
}
