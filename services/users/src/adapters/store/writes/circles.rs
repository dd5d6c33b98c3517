//! Circles, invitations and the record of sample networks, written.

use std::collections::HashMap;

use skeleton_durable::{sql::WriteError, stored};
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::super::{
    dialect::{Connection, Db},
    rows::{self, sharing_text, state_text},
};
use crate::{
    adapters::store::stored::{StoredExceptions, StoredPersonas},
    domain::{
        circle::{Circle, Member},
        invitation::Invitation,
        sample::SampleNetwork,
    },
};

/// Rows written by one statement; SQLite bounds the parameters of one.
const ROWS: usize = 500;

pub(super) async fn insert(on: &mut Connection, circle: &Circle) -> Result<(), WriteError> {
    sqlx::query("INSERT INTO circle (id, version, name) VALUES ($1, $2, $3)")
        .bind(circle.id.0)
        .bind(circle.version)
        .bind(&circle.name)
        .execute(&mut *on)
        .await?;
    let members: Vec<&Member> = circle.members.iter().collect();
    insert_members(on, circle, &members).await
}

pub(super) async fn save(
    on: &mut Connection,
    circle: &Circle,
    expected: i64,
) -> Result<(), WriteError> {
    let rows =
        sqlx::query("UPDATE circle SET version = $3, name = $4 WHERE id = $1 AND version = $2")
            .bind(circle.id.0)
            .bind(expected)
            .bind(circle.version)
            .bind(&circle.name)
            .execute(&mut *on)
            .await?
            .rows_affected();
    WriteError::unless_one(rows, "circle")?;
    save_members(on, circle).await
}

/// Writes what has changed and nothing else: what a later version keeps of a member stays as it is
/// until that member chooses anew.
async fn save_members(on: &mut Connection, circle: &Circle) -> Result<(), WriteError> {
    let rows = sqlx::query("SELECT circle_id, account_id, since, sharing, exceptions FROM circle_member WHERE circle_id = $1")
        .bind(circle.id.0)
        .fetch_all(&mut *on)
        .await?;
    let mut before = HashMap::new();
    for row in &rows {
        // One that cannot be read is written anew, or goes.
        let account: Uuid = row.try_get("account_id")?;
        before.insert(account, rows::member(row).ok());
    }
    let mut new = Vec::new();
    for member in &circle.members {
        match before.remove(&member.account_id.0) {
            None => new.push(member),
            Some(was) => save_member(on, circle, member, was.as_ref()).await?,
        }
    }
    for account in before.into_keys() {
        sqlx::query("DELETE FROM circle_member WHERE circle_id = $1 AND account_id = $2")
            .bind(circle.id.0)
            .bind(account)
            .execute(&mut *on)
            .await?;
    }
    insert_members(on, circle, &new).await
}

async fn save_member(
    on: &mut Connection,
    circle: &Circle,
    member: &Member,
    was: Option<&Member>,
) -> Result<(), WriteError> {
    if was.is_none_or(|was| was.sharing != member.sharing) {
        let text = "UPDATE circle_member SET sharing = $3 WHERE circle_id = $1 AND account_id = $2";
        sqlx::query(text)
            .bind(circle.id.0)
            .bind(member.account_id.0)
            .bind(sharing_text(member.sharing))
            .execute(&mut *on)
            .await?;
    }
    if was.is_none_or(|was| was.exceptions != member.exceptions) {
        let text =
            "UPDATE circle_member SET exceptions = $3 WHERE circle_id = $1 AND account_id = $2";
        sqlx::query(text)
            .bind(circle.id.0)
            .bind(member.account_id.0)
            .bind(stored::write(&StoredExceptions::of(&member.exceptions)))
            .execute(&mut *on)
            .await?;
    }
    Ok(())
}

async fn insert_members(
    on: &mut Connection,
    circle: &Circle,
    members: &[&Member],
) -> Result<(), WriteError> {
    for members in members.chunks(ROWS) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO circle_member (circle_id, account_id, since, sharing, exceptions) ",
        );
        query.push_values(members, |mut row, member: &&Member| {
            row.push_bind(circle.id.0)
                .push_bind(member.account_id.0)
                .push_bind(member.since.as_microsecond())
                .push_bind(sharing_text(member.sharing))
                .push_bind(stored::write(&StoredExceptions::of(&member.exceptions)));
        });
        query.build().execute(&mut *on).await?;
    }
    Ok(())
}

pub(super) async fn insert_invitation(
    on: &mut Connection,
    invitation: &Invitation,
) -> Result<(), WriteError> {
    let (status, code) = state_text(&invitation.state);
    sqlx::query(
        "INSERT INTO invitation (id, version, circle_id, email, invited_by, status, code_hash, \
         created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(invitation.id.0)
    .bind(invitation.version)
    .bind(invitation.circle_id.0)
    .bind(invitation.email.as_str())
    .bind(invitation.invited_by.0)
    .bind(status)
    .bind(code)
    .bind(invitation.created_at.as_microsecond())
    .bind(invitation.expires_at.as_microsecond())
    .execute(on)
    .await?;
    Ok(())
}

/// The code's hash goes with the answer: a code works once.
pub(super) async fn save_invitation(
    on: &mut Connection,
    invitation: &Invitation,
    expected: i64,
) -> Result<(), WriteError> {
    let (status, code) = state_text(&invitation.state);
    let rows = sqlx::query(
        "UPDATE invitation SET version = $3, status = $4, code_hash = $5 \
         WHERE id = $1 AND version = $2 AND status = 'pending'",
    )
    .bind(invitation.id.0)
    .bind(expected)
    .bind(invitation.version)
    .bind(status)
    .bind(code)
    .execute(on)
    .await?
    .rows_affected();
    WriteError::unless_one(rows, "invitation")
}

pub(super) async fn insert_sample(
    on: &mut Connection,
    sample: &SampleNetwork,
) -> Result<(), WriteError> {
    sqlx::query("INSERT INTO sample_network (asker, circle_id, personas) VALUES ($1, $2, $3)")
        .bind(sample.asker.0)
        .bind(sample.circle_id.0)
        .bind(stored::write(&StoredPersonas::of(&sample.personas)))
        .execute(on)
        .await?;
    Ok(())
}
