//! Published by the service `users`.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skeleton_envelope::Event;
use uuid::Uuid;

use crate::{
    ids::{AccountId, CircleId, InvitationId},
    keys::KeyHash,
    sharing::{Sharing, SharingException},
};

/// An account as it now is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountChanged {
    /// The account.
    pub account_id: AccountId,
    /// Rises with every change.
    pub version: i64,
    /// How the account calls itself.
    pub display_name: String,
    /// Where it signs in and where mail to it goes.
    pub email: String,
    /// IANA name, `Europe/Berlin`: days are the account's.
    pub time_zone: String,
    /// ISO 3166 code used for telephone numbers without a country code.
    pub region: Option<String>,
    /// Every address the account says is its own.
    pub addresses: Vec<AccountAddress>,
}

/// One of "my addresses".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AccountAddress {
    /// Hash of the strong key.
    pub key: KeyHash,
    /// The normalised e-mail address, where it is one: ingest must tell the owner's own mail from
    /// others'. None for telephone numbers and profiles.
    pub email: Option<String>,
    /// Whether the account has proven it. Only a verified address makes the account stand for a
    /// person in somebody else's book.
    pub verified: bool,
}

impl Event for AccountChanged {
    const TYPE: &'static str = "users.account-changed";
    fn subject(&self) -> String {
        self.account_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id.0)
    }
}

/// A circle as it now is. A circle without members is dissolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CircleChanged {
    /// The circle.
    pub circle_id: CircleId,
    /// Rises with every change of name, membership or sharing.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Who takes part now. Those who left are not in it.
    pub members: Vec<CircleMember>,
}

/// A member of a circle and what it shows to the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CircleMember {
    /// The member.
    pub account_id: AccountId,
    /// How the member calls itself.
    pub display_name: String,
    /// When the invitation was accepted.
    pub since: Timestamp,
    /// What it shows of its book.
    pub sharing: Sharing,
    /// Exceptions by person or tag.
    #[serde(default)]
    pub exceptions: Vec<SharingException>,
}

impl Event for CircleChanged {
    const TYPE: &'static str = "users.circle-changed";
    fn subject(&self) -> String {
        self.circle_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        None
    }
}

/// An invitation to a circle as it now is, for the account that it is addressed to, if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvitationChanged {
    /// The invitation.
    pub invitation_id: InvitationId,
    /// Rises with every change.
    pub version: i64,
    /// The circle.
    pub circle_id: CircleId,
    /// Its name.
    pub circle_name: String,
    /// Who invites.
    pub invited_by: AccountId,
    /// How they call themselves.
    pub invited_by_name: String,
    /// The account with that verified address, when it is known.
    pub invited: Option<AccountId>,
    /// Where it stands.
    pub status: InvitationStatus,
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvitationStatus {
    /// Waiting for an answer.
    Pending,
    /// Accepted: the invited is a member.
    Accepted,
    /// Refused.
    Refused,
    /// Taken back, or run out.
    Withdrawn,
}

impl Event for InvitationChanged {
    const TYPE: &'static str = "users.invitation-changed";
    fn subject(&self) -> String {
        self.invitation_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        self.invited.map(|id| id.0)
    }
}

/// Someone asked for a sample network: fictional accounts in a circle with the asker, whose files
/// are to be generated and imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SampleRequested {
    /// The circle they share.
    pub circle_id: CircleId,
    /// The asker.
    pub asker: SamplePersona,
    /// The fictional accounts.
    pub others: Vec<SamplePersona>,
    /// What the generator starts from: the same seed gives the same network.
    pub seed: u64,
}

/// An account that takes part in a sample network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SamplePersona {
    /// The account.
    pub account_id: AccountId,
    /// Its name in the generated mail.
    pub display_name: String,
    /// Its address in the generated mail.
    pub email: String,
}

impl Event for SampleRequested {
    const TYPE: &'static str = "users.sample-requested";
    fn subject(&self) -> String {
        self.circle_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        1
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.asker.account_id.0)
    }
}

/// An account asked to be erased: every service removes what it holds of it. The data is the
/// tombstone: an id and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErasureRequested {
    /// The account.
    pub account_id: AccountId,
    /// The account's version at its end; nothing newer follows.
    pub version: i64,
}

impl Event for ErasureRequested {
    const TYPE: &'static str = "users.erasure-requested";
    fn subject(&self) -> String {
        self.account_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id.0)
    }
}
