//! What the store answers.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use kith_shared::{
    ids::{AccountId, CircleId, InvitationId, SessionId},
    keys::StrongKey,
};
use skeleton_durable::{
    commit::CommitError,
    sql::{among, classify, number, push_list},
};
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::{
    Store,
    dialect::Db,
    rows::{self, Row, accounts, get, invitations, sessions},
    scan,
};
use crate::{
    domain::{
        account::Account, back_off::Attempts, circle::Circle, invitation::Invitation,
        sample::SampleNetwork, secret::SecretHash, session::Session,
    },
    ports::{self, Card, Read},
};

mod replay;

/// Larger than any UUIDv7: where a list begins that has no cursor.
const NEWEST: Uuid = Uuid::max();

/// Fills the addresses of accounts in, in one question.
pub(super) async fn with_addresses(store: &Store, found: &[Row]) -> Read<Vec<Account>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut accounts: Vec<Account> = found.iter().map(rows::account).collect::<Result<_, _>>()?;
    let text = "SELECT id, account_id, kind, value, created_at, verified_at, code_hash, code_sent_at, code_expires_at, code_attempts FROM address WHERE account_id IN";
    let mut query = among::<Db, _>(text, accounts.iter().map(|account| account.id.0));
    query.push(" ORDER BY created_at, id");
    let addresses = query
        .build()
        .fetch_all(store.reader())
        .await
        .map_err(classify)?;
    let mut places: HashMap<Uuid, &mut Account> = accounts
        .iter_mut()
        .map(|account| (account.id.0, account))
        .collect();
    for row in &addresses {
        if let Some(account) = places.get_mut(&get(row, "account_id")?) {
            account.addresses.extend(rows::address(row)?);
        }
    }
    Ok(accounts)
}

/// Fills the members of circles in, in one question.
pub(super) async fn with_members(store: &Store, found: &[Row]) -> Read<Vec<Circle>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut circles: Vec<Circle> = found
        .iter()
        .map(rows::circle)
        .collect::<Result<_, CommitError>>()?;
    let text = "SELECT circle_id, account_id, since, sharing, exceptions FROM circle_member WHERE circle_id IN";
    let mut query = among::<Db, _>(text, circles.iter().map(|circle| circle.id.0));
    query.push(" ORDER BY since, account_id");
    let members = query
        .build()
        .fetch_all(store.reader())
        .await
        .map_err(classify)?;
    for row in &members {
        let circle: Uuid = get(row, "circle_id")?;
        if let Some(circle) = circles.iter_mut().find(|known| known.id.0 == circle) {
            circle.members.push(rows::member(row)?);
        }
    }
    Ok(circles)
}

#[async_trait]
impl ports::Store for Store {
    async fn account(&self, id: AccountId) -> Read<Option<Account>> {
        let row = sqlx::query(accounts!("WHERE id = $1"))
            .bind(id.0)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        let found: Vec<Row> = row.into_iter().collect();
        Ok(with_addresses(self, &found).await?.pop())
    }

    async fn account_by_email(&self, email: &str) -> Read<Option<(Account, Option<String>)>> {
        let row = sqlx::query(accounts!("WHERE email = $1"))
            .bind(email)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        let Some(row) = row else { return Ok(None) };
        let password = get(&row, "password")?;
        let account = with_addresses(self, &[row]).await?.pop();
        Ok(account.map(|account| (account, password)))
    }

    async fn password(&self, id: AccountId) -> Read<Option<String>> {
        sqlx::query_scalar::<_, Option<String>>("SELECT password FROM account WHERE id = $1")
            .bind(id.0)
            .fetch_optional(self.reader())
            .await
            .map(Option::flatten)
            .map_err(classify)
    }

    async fn cards(&self, ids: &[AccountId]) -> Read<HashMap<AccountId, Card>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let text = "SELECT id, display_name, email FROM account WHERE id IN";
        let mut query = among::<Db, _>(text, ids.iter().map(|id| id.0));
        let found = query
            .build()
            .fetch_all(self.reader())
            .await
            .map_err(classify)?;
        found
            .iter()
            .map(|row| {
                let card = Card {
                    display_name: get(row, "display_name")?,
                    email: get(row, "email")?,
                };
                Ok((AccountId(get(row, "id")?), card))
            })
            .collect()
    }

    async fn owner(&self, key: &StrongKey) -> Read<Option<AccountId>> {
        sqlx::query_scalar::<_, Uuid>(
            "SELECT account_id FROM address WHERE kind = $1 AND value = $2 AND verified_at IS NOT NULL",
        )
        .bind(rows::kind_text(key.kind))
        .bind(&key.value)
        .fetch_optional(self.reader())
        .await
        .map(|id| id.map(AccountId))
        .map_err(classify)
    }

    async fn attempts(&self, key: &str) -> Read<Option<Attempts>> {
        let row = sqlx::query(
            "SELECT key, failures, last_at, blocked_until FROM sign_in_attempt WHERE key = $1",
        )
        .bind(key)
        .fetch_optional(self.reader())
        .await
        .map_err(classify)?;
        row.as_ref().map(rows::attempts).transpose()
    }

    async fn session(&self, token: &SecretHash) -> Read<Option<Session>> {
        let row = sqlx::query(sessions!("WHERE token_hash = $1"))
            .bind(&token.0)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        row.as_ref().map(rows::session).transpose()
    }

    async fn sessions(
        &self,
        account: AccountId,
        now: Timestamp,
        before: Option<SessionId>,
        limit: usize,
    ) -> Read<Vec<Session>> {
        let found = sqlx::query(sessions!(
            "WHERE account_id = $1 AND expires_at > $2 AND id < $3 \
             ORDER BY id DESC LIMIT $4"
        ))
        .bind(account.0)
        .bind(now.as_microsecond())
        .bind(before.map_or(NEWEST, |id| id.0))
        .bind(number(limit))
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        found.iter().map(rows::session).collect()
    }

    async fn circle(&self, id: CircleId) -> Read<Option<Circle>> {
        let found = sqlx::query("SELECT id, version, name FROM circle WHERE id = $1")
            .bind(id.0)
            .fetch_all(self.reader())
            .await
            .map_err(classify)?;
        Ok(with_members(self, &found).await?.pop())
    }

    async fn circles_of(
        &self,
        member: AccountId,
        before: Option<CircleId>,
        limit: usize,
    ) -> Read<Vec<Circle>> {
        let found = sqlx::query(
            "SELECT circle.id, circle.version, circle.name FROM circle \
             JOIN circle_member ON circle_member.circle_id = circle.id \
             WHERE circle_member.account_id = $1 AND circle.id < $2 ORDER BY circle.id DESC LIMIT $3",
        )
        .bind(member.0)
        .bind(before.map_or(NEWEST, |id| id.0))
        .bind(number(limit))
        .fetch_all(self.reader())
        .await
        .map_err(classify)?;
        with_members(self, &found).await
    }

    async fn invitation(&self, id: InvitationId) -> Read<Option<Invitation>> {
        let row = sqlx::query(invitations!("WHERE id = $1"))
            .bind(id.0)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        row.as_ref().map(rows::invitation).transpose()
    }

    async fn invitation_by_code(&self, code: &SecretHash) -> Read<Option<Invitation>> {
        let row = sqlx::query(invitations!("WHERE code_hash = $1"))
            .bind(&code.0)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
        row.as_ref().map(rows::invitation).transpose()
    }

    async fn invitations_of(&self, circles: &[CircleId]) -> Read<Vec<Invitation>> {
        if circles.is_empty() {
            return Ok(Vec::new());
        }
        let text = invitations!("WHERE status = 'pending' AND circle_id IN");
        let mut query = among::<Db, _>(text, circles.iter().map(|id| id.0));
        query.push(" ORDER BY id");
        let found = query
            .build()
            .fetch_all(self.reader())
            .await
            .map_err(classify)?;
        found.iter().map(rows::invitation).collect()
    }

    async fn invitations_to(
        &self,
        emails: &[String],
        now: Timestamp,
        before: Option<InvitationId>,
        limit: usize,
    ) -> Read<Vec<Invitation>> {
        if emails.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::new(invitations!("WHERE status = 'pending' AND id < "));
        query
            .push_bind(before.map_or(NEWEST, |id| id.0))
            .push(" AND expires_at > ");
        query.push_bind(now.as_microsecond()).push(" AND email IN");
        push_list(&mut query, emails);
        query
            .push(" ORDER BY id DESC LIMIT ")
            .push_bind(number(limit));
        let found = query
            .build()
            .fetch_all(self.reader())
            .await
            .map_err(classify)?;
        found.iter().map(rows::invitation).collect()
    }

    async fn invitations_expired(&self, now: Timestamp, limit: usize) -> Read<Vec<Invitation>> {
        // One that cannot be read must not keep the others from ending.
        let text = invitations!(
            "WHERE status = 'pending' AND expires_at <= $1 \
                 ORDER BY expires_at, id LIMIT $2 OFFSET $3"
        );
        scan::readable_due(self, text, now, limit, rows::invitation).await
    }

    async fn sample(&self, asker: AccountId) -> Read<Option<SampleNetwork>> {
        let row =
            sqlx::query("SELECT asker, circle_id, personas FROM sample_network WHERE asker = $1")
                .bind(asker.0)
                .fetch_optional(self.reader())
                .await
                .map_err(classify)?;
        row.as_ref().map(rows::sample).transpose()
    }
}
