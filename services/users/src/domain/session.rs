//! A sign-in and how long it lasts.

use jiff::{SignedDuration, Timestamp};
use kith_shared::ids::{AccountId, SessionId};

use super::secret::SecretHash;

/// A session ends when it was not used for this long.
pub const IDLE_LIMIT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A use is written down at most this often.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// Longest user agent that is kept, in characters.
const USER_AGENT_LIMIT: usize = 200;

/// A sign-in. Its token is known to its holder only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    /// Who signed in.
    pub account_id: AccountId,
    /// Hash of the token.
    pub token: SecretHash,
    pub created_at: Timestamp,
    /// When it was last used, give or take a few minutes.
    pub last_seen_at: Timestamp,
    /// When it ends if it is not used.
    pub expires_at: Timestamp,
    /// The browser or program, as it calls itself.
    pub user_agent: Option<String>,
}

impl Session {
    /// Begins now.
    #[must_use]
    pub fn begin(
        id: SessionId,
        account_id: AccountId,
        token: SecretHash,
        user_agent: Option<&str>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            account_id,
            token,
            created_at: now,
            last_seen_at: now,
            expires_at: now.saturating_add(IDLE_LIMIT).unwrap_or(Timestamp::MAX),
            user_agent: user_agent.map(|text| {
                text.chars()
                    .filter(|c| !c.is_control())
                    .take(USER_AGENT_LIMIT)
                    .collect()
            }),
        }
    }

    /// Whether it has not run out.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// The session after a use, when that is worth writing down.
    #[must_use]
    pub fn touch(&self, now: Timestamp) -> Option<Self> {
        (now.duration_since(self.last_seen_at) >= TOUCH_EVERY).then(|| Self {
            last_seen_at: now,
            expires_at: now.saturating_add(IDLE_LIMIT).unwrap_or(Timestamp::MAX),
            ..self.clone()
        })
    }
}
