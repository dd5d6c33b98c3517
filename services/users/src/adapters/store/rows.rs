//! Rows as domain types. A row that cannot be read is a defect, never a silent default.

use jiff::Timestamp;
use kith_shared::{
    ids::{AccountId, AddressId, CircleId, InvitationId, SessionId},
    keys::{KeyKind, StrongKey},
    sharing::Sharing,
};
use skeleton_durable::{commit::CommitError, sql::classify};
use sqlx::{ColumnIndex, Decode, Row as _, Type};
use uuid::Uuid;

use super::dialect::Db;
use crate::domain::{
    account::Account,
    address::{Address, Challenge, Standing},
    circle::Member,
    invitation::{Invitation, State},
    secret::SecretHash,
    session::Session,
    text::Email,
};

pub(super) type Row = <Db as sqlx::Database>::Row;

/// One column.
pub(super) fn get<'r, T>(row: &'r Row, column: &'static str) -> Result<T, CommitError>
where
    T: Decode<'r, Db> + Type<Db>,
    &'static str: ColumnIndex<Row>,
{
    row.try_get(column).map_err(classify)
}

fn time(row: &Row, column: &'static str) -> Result<Timestamp, CommitError> {
    micros(get(row, column)?)
}

fn time_or_none(row: &Row, column: &'static str) -> Result<Option<Timestamp>, CommitError> {
    get::<Option<i64>>(row, column)?.map(micros).transpose()
}

/// Microseconds since 1970.
pub(super) fn micros(value: i64) -> Result<Timestamp, CommitError> {
    Timestamp::from_microsecond(value).map_err(|_| unreadable("time", &value.to_string()))
}

fn unreadable(what: &str, value: &str) -> CommitError {
    CommitError::Internal(anyhow::anyhow!("unreadable {what} in the store: {value}"))
}

/// The account of a row, without its addresses.
pub(super) fn account(row: &Row) -> Result<Account, CommitError> {
    Ok(Account {
        id: AccountId(get(row, "id")?),
        version: get(row, "version")?,
        email: Email::stored(get(row, "email")?),
        display_name: get(row, "display_name")?,
        time_zone: get(row, "time_zone")?,
        region: get(row, "region")?,
        created_at: time(row, "created_at")?,
        addresses: Vec::new(),
    })
}

pub(super) fn address(row: &Row) -> Result<Address, CommitError> {
    let standing = match (
        time_or_none(row, "verified_at")?,
        get::<Option<String>>(row, "code_hash")?,
    ) {
        (Some(at), _) => Standing::Verified(at),
        (None, None) => Standing::Claimed(None),
        (None, Some(code)) => Standing::Claimed(Some(Challenge {
            code: SecretHash(code),
            sent_at: time(row, "code_sent_at")?,
            expires_at: time(row, "code_expires_at")?,
            attempts: get(row, "code_attempts")?,
        })),
    };
    Ok(Address {
        id: AddressId(get(row, "id")?),
        key: StrongKey {
            kind: kind_of(&get::<String>(row, "kind")?)?,
            value: get(row, "value")?,
        },
        created_at: time(row, "created_at")?,
        standing,
    })
}

pub(super) fn session(row: &Row) -> Result<Session, CommitError> {
    Ok(Session {
        id: SessionId(get(row, "id")?),
        account_id: AccountId(get(row, "account_id")?),
        token: SecretHash(get(row, "token_hash")?),
        created_at: time(row, "created_at")?,
        last_seen_at: time(row, "last_seen_at")?,
        expires_at: time(row, "expires_at")?,
        user_agent: get(row, "user_agent")?,
    })
}

pub(super) fn member(row: &Row) -> Result<Member, CommitError> {
    let exceptions: String = get(row, "exceptions")?;
    Ok(Member {
        account_id: AccountId(get(row, "account_id")?),
        since: time(row, "since")?,
        sharing: sharing_of(&get::<String>(row, "sharing")?)?,
        exceptions: serde_json::from_str(&exceptions)
            .map_err(|error| unreadable("exceptions", &error.to_string()))?,
    })
}

pub(super) fn invitation(row: &Row) -> Result<Invitation, CommitError> {
    let status: String = get(row, "status")?;
    let code: Option<String> = get(row, "code_hash")?;
    let state = match (status.as_str(), code) {
        ("pending", Some(code)) => State::Pending(SecretHash(code)),
        ("accepted", _) => State::Accepted,
        ("refused", _) => State::Refused,
        ("withdrawn", _) => State::Withdrawn,
        _ => return Err(unreadable("invitation", &status)),
    };
    Ok(Invitation {
        id: InvitationId(get(row, "id")?),
        version: get(row, "version")?,
        circle_id: CircleId(get::<Uuid>(row, "circle_id")?),
        email: Email::stored(get(row, "email")?),
        invited_by: AccountId(get(row, "invited_by")?),
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
        state,
    })
}

/// Status and code hash of an invitation's state.
pub(super) fn state_text(state: &State) -> (&'static str, Option<&str>) {
    match state {
        State::Pending(code) => ("pending", Some(code.0.as_str())),
        State::Accepted => ("accepted", None),
        State::Refused => ("refused", None),
        State::Withdrawn => ("withdrawn", None),
    }
}

pub(super) fn kind_text(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Email => "email",
        KeyKind::Phone => "phone",
        KeyKind::Profile => "profile",
    }
}

fn kind_of(text: &str) -> Result<KeyKind, CommitError> {
    match text {
        "email" => Ok(KeyKind::Email),
        "phone" => Ok(KeyKind::Phone),
        "profile" => Ok(KeyKind::Profile),
        other => Err(unreadable("kind of an address", other)),
    }
}

pub(super) fn sharing_text(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::Hidden => "hidden",
        Sharing::Organisation => "organisation",
        Sharing::Name => "name",
    }
}

fn sharing_of(text: &str) -> Result<Sharing, CommitError> {
    match text {
        "hidden" => Ok(Sharing::Hidden),
        "organisation" => Ok(Sharing::Organisation),
        "name" => Ok(Sharing::Name),
        other => Err(unreadable("sharing", other)),
    }
}
