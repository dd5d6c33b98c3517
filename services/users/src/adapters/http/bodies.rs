//! Shapes that several endpoints answer with, and checks that several need.

use jiff::Timestamp;
use kith_shared::{
    keys::KeyKind,
    sharing::{Sharing, SharingException},
};
use serde::{Deserialize, Serialize};
use skeleton_host::problem::{FieldError, Problem};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    application::{circles::CircleView, list_invitations::InvitationView},
    domain::{self, address::Standing, text::Unacceptable},
};

/// An account as its holder sees it.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Account {
    id: Uuid,
    email: String,
    display_name: String,
    time_zone: String,
    region: Option<String>,
    created_at: Timestamp,
    version: i64,
}

impl From<&domain::account::Account> for Account {
    fn from(account: &domain::account::Account) -> Self {
        Self {
            id: account.id.0,
            email: account.email.as_str().to_owned(),
            display_name: account.display_name.clone(),
            time_zone: account.time_zone.clone(),
            region: account.region.clone(),
            created_at: account.created_at,
            version: account.version,
        }
    }
}

/// What an address is.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AddressKind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A profile's URL.
    Profile,
}

impl From<AddressKind> for KeyKind {
    fn from(kind: AddressKind) -> Self {
        match kind {
            AddressKind::Email => Self::Email,
            AddressKind::Phone => Self::Phone,
            AddressKind::Profile => Self::Profile,
        }
    }
}

/// One of my addresses.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Address {
    id: Uuid,
    kind: AddressKind,
    value: String,
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<Timestamp>,
}

impl From<&domain::address::Address> for Address {
    fn from(address: &domain::address::Address) -> Self {
        let verified_at = match address.standing {
            Standing::Verified(at) => Some(at),
            Standing::Claimed(_) => None,
        };
        Self {
            id: address.id.0,
            kind: match address.key.kind {
                KeyKind::Email => AddressKind::Email,
                KeyKind::Phone => AddressKind::Phone,
                KeyKind::Profile => AddressKind::Profile,
            },
            value: address.key.value.clone(),
            verified: verified_at.is_some(),
            verified_at,
        }
    }
}

/// A circle as a member sees it.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Circle {
    id: Uuid,
    name: String,
    /// Rises with every change.
    pub(super) version: i64,
    members: Vec<Member>,
    invitations: Vec<PendingInvitation>,
    /// My own exceptions from what I show.
    exceptions: Vec<SharingException>,
}

/// A member of a circle.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Member {
    account_id: Uuid,
    display_name: String,
    email: String,
    /// `active`: who is only invited is no member.
    status: String,
    sharing: Sharing,
    me: bool,
}

/// An open invitation of a circle.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct PendingInvitation {
    id: Uuid,
    email: String,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl Circle {
    /// As `me` sees it.
    pub(super) fn seen_by(view: &CircleView, me: Uuid) -> Self {
        let members = view.circle.members.iter();
        Self {
            id: view.circle.id.0,
            name: view.circle.name.clone(),
            version: view.circle.version,
            exceptions: members
                .clone()
                .find(|member| member.account_id.0 == me)
                .map(|member| member.exceptions.clone())
                .unwrap_or_default(),
            members: members
                .map(|member| {
                    let card = view.cards.get(&member.account_id);
                    Member {
                        account_id: member.account_id.0,
                        display_name: card.map(|c| c.display_name.clone()).unwrap_or_default(),
                        email: card.map(|c| c.email.clone()).unwrap_or_default(),
                        status: "active".to_owned(),
                        sharing: member.sharing,
                        me: member.account_id.0 == me,
                    }
                })
                .collect(),
            invitations: view
                .invitations
                .iter()
                .map(|invitation| PendingInvitation {
                    id: invitation.id.0,
                    email: invitation.email.as_str().to_owned(),
                    created_at: invitation.created_at,
                    expires_at: invitation.expires_at,
                })
                .collect(),
        }
    }
}

/// An invitation as its addressee sees it.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct Invitation {
    id: Uuid,
    circle: CircleName,
    email: String,
    invited_by: InvitedBy,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// The circle of an invitation.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct CircleName {
    id: Uuid,
    name: String,
}

/// Who invites.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct InvitedBy {
    account_id: Uuid,
    display_name: String,
}

impl From<&InvitationView> for Invitation {
    fn from(view: &InvitationView) -> Self {
        let invitation = &view.invitation;
        Self {
            id: invitation.id.0,
            circle: CircleName {
                id: invitation.circle_id.0,
                name: view.circle_name.clone(),
            },
            email: invitation.email.as_str().to_owned(),
            invited_by: InvitedBy {
                account_id: invitation.invited_by.0,
                display_name: view.invited_by.clone(),
            },
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}

/// Collects what is wrong with a request's fields, to say it all at once.
#[derive(Default)]
pub(super) struct Checks(Vec<FieldError>);

impl Checks {
    /// The value, or a note of what was expected at `pointer`.
    pub(super) fn take<T>(&mut self, pointer: &str, parsed: Result<T, Unacceptable>) -> Option<T> {
        parsed
            .map_err(|error| self.0.push(FieldError::new(pointer, error.to_string())))
            .ok()
    }

    /// Notes what was expected.
    pub(super) fn reject(&mut self, pointer: impl Into<String>, expected: &str) {
        self.0.push(FieldError::new(pointer, expected));
    }

    /// # Errors
    /// 422 naming every bad field.
    pub(super) fn done(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Problem::validation(self.0))
        }
    }
}
