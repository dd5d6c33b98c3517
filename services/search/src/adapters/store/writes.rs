//! What commits change. Versions are compared in the statements, so order never matters.

use kith_shared::{events::users::AccountChanged, ids::AccountId, open::OpenCircle};
use skeleton_durable::{sql::WriteError, stored};

use super::{Write as SqlWrite, dialect::Connection};
use crate::{adapters::store::stored::StoredCircle, ports::Write};

impl SqlWrite for Write {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        match self {
            Self::Account(account) => write_account(on, account).await,
            Self::Circle(circle) => write_circle(on, circle).await,
            Self::Erased(account) => erase(on, *account).await,
        }
    }
}

async fn write_account(on: &mut Connection, account: &AccountChanged) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO account (id, version, display_name) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, \
         display_name = excluded.display_name \
         WHERE excluded.version > account.version AND account.erased = 0",
    )
    .bind(account.account_id.0)
    .bind(account.version)
    .bind(&account.display_name)
    .execute(on)
    .await?;
    Ok(())
}

async fn write_circle(on: &mut Connection, circle: &OpenCircle) -> Result<(), WriteError> {
    let body = stored::write(&StoredCircle {
        members: circle.members.clone(),
    });
    let newer = sqlx::query(
        "INSERT INTO circle (id, version, body) VALUES ($1, $2, $3) \
         ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body \
         WHERE excluded.version > circle.version",
    )
    .bind(circle.circle_id.0)
    .bind(circle.version)
    .bind(body)
    .execute(&mut *on)
    .await?
    .rows_affected();
    if newer == 0 {
        return Ok(());
    }
    sqlx::query("DELETE FROM circle_member WHERE circle = $1")
        .bind(circle.circle_id.0)
        .execute(&mut *on)
        .await?;
    for member in &circle.members {
        sqlx::query(
            "INSERT INTO circle_member (account, circle) VALUES ($1, $2) \
             ON CONFLICT (account, circle) DO NOTHING",
        )
        .bind(member.account_id.0)
        .bind(circle.circle_id.0)
        .execute(&mut *on)
        .await?;
    }
    Ok(())
}

async fn erase(on: &mut Connection, account: AccountId) -> Result<(), WriteError> {
    sqlx::query(
        "INSERT INTO account (id, version, display_name, erased) VALUES ($1, 0, '', 1) \
         ON CONFLICT (id) DO UPDATE SET display_name = '', erased = 1",
    )
    .bind(account.0)
    .execute(&mut *on)
    .await?;
    sqlx::query("DELETE FROM circle_member WHERE account = $1")
        .bind(account.0)
        .execute(&mut *on)
        .await?;
    Ok(())
}
