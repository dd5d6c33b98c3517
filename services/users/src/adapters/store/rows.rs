//! Rows as domain types. A row that cannot be read is a defect, never a silent default.

use jiff::Timestamp;
use kith_shared::{
    ids::{AccountId, AddressId, CircleId, InvitationId, SessionId},
    keys::{KeyKind, StrongKey},
    open::{Open, OpenException, shown},
    sharing::Sharing,
};
use skeleton_durable::{
    commit::CommitError,
    stored::{self, Unreadable},
};
use sqlx::Row as _;
use uuid::Uuid;

pub(super) use super::scan::{Row, column as get};
use crate::{
    adapters::store::stored::{StoredExceptions, StoredPersonas},
    domain::{
        account::Account,
        address::{Address, Challenge, Standing},
        back_off::Attempts,
        circle::{Circle, Member},
        invitation::{Invitation, State},
        sample::SampleNetwork,
        secret::SecretHash,
        session::Session,
        text::Email,
    },
};

/// The rows that [`account`] reads, of those that follow.
macro_rules! accounts {
    ($which:literal) => {
        concat!(
            "SELECT id, version, email, display_name, time_zone, region, password, created_at ",
            "FROM account ",
            $which
        )
    };
}
pub(super) use accounts;

/// The rows that [`session`] reads, of those that follow.
macro_rules! sessions {
    ($which:literal) => {
        concat!(
            "SELECT id, account_id, token_hash, created_at, last_seen_at, expires_at, user_agent ",
            "FROM session ",
            $which
        )
    };
}
pub(super) use sessions;

/// The rows that [`invitation`] reads, of those that follow.
macro_rules! invitations {
    ($which:literal) => {
        concat!(
            "SELECT id, version, circle_id, email, invited_by, status, code_hash, created_at, expires_at ",
            "FROM invitation ",
            $which
        )
    };
}
pub(super) use invitations;

/// A column of the table that holds microseconds since 1970.
fn time(row: &Row, column: (&str, &'static str)) -> Result<Timestamp, CommitError> {
    Ok(stored::moment(get(row, column.1)?, column, name(row))?)
}

fn time_or_none(row: &Row, column: (&str, &'static str)) -> Result<Option<Timestamp>, CommitError> {
    let micros: Option<i64> = get(row, column.1)?;
    Ok(micros
        .map(|micros| stored::moment(micros, column, name(row)))
        .transpose()?)
}

/// The row's key, as far as it can be read.
fn name(row: &Row) -> String {
    let ids = ["id", "circle_id", "account_id"];
    let ids = ids.map(|column| row.try_get::<Uuid, _>(column).ok());
    match ids {
        [Some(id), ..] => id.to_string(),
        [None, Some(circle), Some(account)] => format!("{circle}/{account}"),
        _ => row.try_get("key").unwrap_or_default(),
    }
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
        created_at: time(row, ("account", "created_at"))?,
        addresses: Vec::new(),
    })
}

/// None where only a later version knows what kind of address it is: it proves nothing here, and
/// saving the account leaves it as it is.
pub(super) fn address(row: &Row) -> Result<Option<Address>, CommitError> {
    let Some(kind) = kind_of(get(row, "kind")?) else {
        return Ok(None);
    };
    let standing = match (
        time_or_none(row, ("address", "verified_at"))?,
        get::<Option<String>>(row, "code_hash")?,
    ) {
        (Some(at), _) => Standing::Verified(at),
        (None, None) => Standing::Claimed(None),
        (None, Some(code)) => Standing::Claimed(Some(Challenge {
            code: SecretHash(code),
            sent_at: time(row, ("address", "code_sent_at"))?,
            expires_at: time(row, ("address", "code_expires_at"))?,
            attempts: get(row, "code_attempts")?,
        })),
    };
    Ok(Some(Address {
        id: AddressId(get(row, "id")?),
        key: StrongKey {
            kind,
            value: get(row, "value")?,
        },
        created_at: time(row, ("address", "created_at"))?,
        standing,
    }))
}

pub(super) fn session(row: &Row) -> Result<Session, CommitError> {
    Ok(Session {
        id: SessionId(get(row, "id")?),
        account_id: AccountId(get(row, "account_id")?),
        token: SecretHash(get(row, "token_hash")?),
        created_at: time(row, ("session", "created_at"))?,
        last_seen_at: time(row, ("session", "last_seen_at"))?,
        expires_at: time(row, ("session", "expires_at"))?,
        user_agent: get(row, "user_agent")?,
    })
}

pub(super) fn member(row: &Row) -> Result<Member, CommitError> {
    let exceptions: StoredExceptions = stored::read(get(row, "exceptions")?, name(row))?;
    Ok(Member {
        account_id: AccountId(get(row, "account_id")?),
        since: time(row, ("circle_member", "since"))?,
        sharing: shown(&sharing_of(get(row, "sharing")?), &exceptions.0),
        exceptions: exceptions.0.iter().map(OpenException::exception).collect(),
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
        (other, _) if other != "pending" => State::Other(other.to_owned()),
        _ => {
            let what = "code_hash: expected one while the invitation is pending, found none";
            return Err(Unreadable::new("invitation", name(row), what).into());
        }
    };
    Ok(Invitation {
        id: InvitationId(get(row, "id")?),
        version: get(row, "version")?,
        circle_id: CircleId(get::<Uuid>(row, "circle_id")?),
        email: Email::stored(get(row, "email")?),
        invited_by: AccountId(get(row, "invited_by")?),
        created_at: time(row, ("invitation", "created_at"))?,
        expires_at: time(row, ("invitation", "expires_at"))?,
        state,
    })
}

/// The circle of a row, without its members.
pub(super) fn circle(row: &Row) -> Result<Circle, CommitError> {
    Ok(Circle {
        id: CircleId(get(row, "id")?),
        version: get(row, "version")?,
        name: get(row, "name")?,
        members: Vec::new(),
    })
}

pub(super) fn attempts(row: &Row) -> Result<Attempts, CommitError> {
    Ok(Attempts {
        failures: get(row, "failures")?,
        last_at: time(row, ("sign_in_attempt", "last_at"))?,
        blocked_until: time(row, ("sign_in_attempt", "blocked_until"))?,
    })
}

pub(super) fn sample(row: &Row) -> Result<SampleNetwork, CommitError> {
    let asker: Uuid = get(row, "asker")?;
    let personas: StoredPersonas = stored::read(get(row, "personas")?, asker)?;
    Ok(SampleNetwork {
        asker: AccountId(asker),
        circle_id: CircleId(get(row, "circle_id")?),
        personas: personas.personas(),
    })
}

/// Status and code hash of an invitation's state.
pub(super) fn state_text(state: &State) -> (&str, Option<&str>) {
    match state {
        State::Pending(code) => ("pending", Some(code.0.as_str())),
        State::Accepted => ("accepted", None),
        State::Refused => ("refused", None),
        State::Withdrawn => ("withdrawn", None),
        State::Other(status) => (status, None),
    }
}

pub(super) fn kind_text(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Email => "email",
        KeyKind::Phone => "phone",
        KeyKind::Profile => "profile",
    }
}

/// None for a kind that only a later version knows.
fn kind_of(text: &str) -> Option<KeyKind> {
    match text {
        "email" => Some(KeyKind::Email),
        "phone" => Some(KeyKind::Phone),
        "profile" => Some(KeyKind::Profile),
        _ => None,
    }
}

pub(super) fn sharing_text(sharing: Sharing) -> &'static str {
    match sharing {
        Sharing::Hidden => "hidden",
        Sharing::Organisation => "organisation",
        Sharing::Name => "name",
    }
}

/// One that only a later version knows is kept, and shows nothing until the member chooses another.
fn sharing_of(text: &str) -> Open<Sharing> {
    match text {
        "hidden" => Open::Known(Sharing::Hidden),
        "organisation" => Open::Known(Sharing::Organisation),
        "name" => Open::Known(Sharing::Name),
        other => Open::Other(other.into()),
    }
}
