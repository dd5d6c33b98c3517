//! An invitation to a circle: pending until it is answered, taken back, or run out.

use jiff::{SignedDuration, Timestamp};
use kith_shared::{
    events::users::{InvitationChanged, InvitationStatus},
    ids::{AccountId, CircleId, InvitationId},
};

use super::{secret::SecretHash, text::Email};

/// An invitation is good for this long.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Most invitations of one circle that wait at once.
pub const PENDING_LIMIT: usize = 50;

/// Where an invitation stands. Only a pending one can change, and only once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Waiting; the hash of the code that its mail carries.
    Pending(SecretHash),
    /// The invited is a member.
    Accepted,
    /// The invited said no.
    Refused,
    /// Taken back, or run out.
    Withdrawn,
    /// Of a later version: kept as it is, and over for this one.
    Other(String),
}

/// An invitation to a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    /// Rises with every change.
    pub version: i64,
    pub circle_id: CircleId,
    pub email: Email,
    pub invited_by: AccountId,
    pub created_at: Timestamp,
    /// When it runs out.
    pub expires_at: Timestamp,
    /// Where it stands.
    pub state: State,
}

/// The invitation was answered, taken back, or has run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this invitation is no longer valid")]
pub struct Over;

impl Invitation {
    /// Made now.
    #[must_use]
    pub fn invite(
        id: InvitationId,
        circle_id: CircleId,
        email: Email,
        invited_by: AccountId,
        code: SecretHash,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            version: 1,
            circle_id,
            email,
            invited_by,
            created_at: now,
            expires_at: now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX),
            state: State::Pending(code),
        }
    }

    /// Whether it can still be answered.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Pending(_)) && now < self.expires_at
    }

    /// The invited becomes a member.
    ///
    /// # Errors
    /// When it is over.
    pub fn accept(self, now: Timestamp) -> Result<Self, Over> {
        self.end(State::Accepted, now)
    }

    /// The invited says no.
    ///
    /// # Errors
    /// When it is over.
    pub fn refuse(self, now: Timestamp) -> Result<Self, Over> {
        self.end(State::Refused, now)
    }

    /// Taken back, or put away after it ran out.
    ///
    /// # Errors
    /// When it was answered or taken back before.
    pub fn withdraw(self) -> Result<Self, Over> {
        match self.state {
            State::Pending(_) => Ok(self.ended(State::Withdrawn)),
            _ => Err(Over),
        }
    }

    /// Announced anew, because the account that it is addressed to became known.
    #[must_use]
    pub fn readdressed(mut self) -> Self {
        self.version += 1;
        self
    }

    fn end(self, state: State, now: Timestamp) -> Result<Self, Over> {
        if self.is_open(now) {
            Ok(self.ended(state))
        } else {
            Err(Over)
        }
    }

    fn ended(mut self, state: State) -> Self {
        self.state = state;
        self.version += 1;
        self
    }

    /// What the other services are told.
    #[must_use]
    pub fn changed(
        &self,
        circle_name: &str,
        invited_by_name: &str,
        invited: Option<AccountId>,
    ) -> InvitationChanged {
        InvitationChanged {
            invitation_id: self.id,
            version: self.version,
            circle_id: self.circle_id,
            circle_name: circle_name.to_owned(),
            invited_by: self.invited_by,
            invited_by_name: invited_by_name.to_owned(),
            invited,
            status: match &self.state {
                State::Pending(_) => InvitationStatus::Pending,
                State::Accepted => InvitationStatus::Accepted,
                State::Refused => InvitationStatus::Refused,
                // Consumers that are as old as this version do not know it either: it is over.
                State::Withdrawn | State::Other(_) => InvitationStatus::Withdrawn,
            },
        }
    }
}
