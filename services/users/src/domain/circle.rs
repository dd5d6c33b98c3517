//! A circle: accounts that pool their networks, each saying what it shows.
//!
//! Only members are in it; somebody who was invited, or has left, is nobody here. Every change
//! goes through [`Circle::member`], so who is no member can do nothing.

use jiff::Timestamp;
use kith_shared::{
    events::users::{CircleChanged, CircleMember},
    ids::{AccountId, CircleId},
    sharing::{Sharing, SharingException},
};

/// Most members of a circle.
pub const MEMBER_LIMIT: usize = 200;
/// Most exceptions of one member.
pub const EXCEPTION_LIMIT: usize = 500;

/// A member and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub account_id: AccountId,
    pub since: Timestamp,
    /// What it shows of its book.
    pub sharing: Sharing,
    /// Exceptions by person or tag.
    pub exceptions: Vec<SharingException>,
}

/// Accounts that pool their networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    pub id: CircleId,
    /// Rises with every change.
    pub version: i64,
    /// Its name; empty once it is dissolved.
    pub name: String,
    /// Its members, the longest first.
    pub members: Vec<Member>,
}

/// The account is no member: to it there is no such circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such circle")]
pub struct NotAMember;

/// Why an account did not join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJoined {
    /// It is in it.
    #[error("already a member of this circle")]
    AlreadyMember,
    /// There is no room.
    #[error("a circle has at most {MEMBER_LIMIT} members")]
    Full,
    /// Everybody has left.
    #[error("this circle is dissolved")]
    Dissolved,
}

impl Circle {
    /// A new circle with its first member.
    #[must_use]
    pub fn found(
        id: CircleId,
        name: String,
        founder: AccountId,
        sharing: Sharing,
        now: Timestamp,
    ) -> Self {
        let founder = Member {
            account_id: founder,
            since: now,
            sharing,
            exceptions: Vec::new(),
        };
        Self {
            id,
            version: 1,
            name,
            members: vec![founder],
        }
    }

    /// The account as a member.
    ///
    /// # Errors
    /// When it is none.
    pub fn member(&self, account: AccountId) -> Result<&Member, NotAMember> {
        self.members
            .iter()
            .find(|member| member.account_id == account)
            .ok_or(NotAMember)
    }

    /// Whether everybody has left.
    #[must_use]
    pub fn is_dissolved(&self) -> bool {
        self.members.is_empty()
    }

    /// The circle with one more member.
    ///
    /// # Errors
    /// See [`NotJoined`].
    pub fn join(
        mut self,
        account_id: AccountId,
        sharing: Sharing,
        now: Timestamp,
    ) -> Result<Self, NotJoined> {
        if self.is_dissolved() {
            return Err(NotJoined::Dissolved);
        }
        if self.member(account_id).is_ok() {
            return Err(NotJoined::AlreadyMember);
        }
        if self.members.len() >= MEMBER_LIMIT {
            return Err(NotJoined::Full);
        }
        self.members.push(Member {
            account_id,
            since: now,
            sharing,
            exceptions: Vec::new(),
        });
        self.version += 1;
        Ok(self)
    }

    /// The circle without a member. The last one to leave dissolves it, and its name goes too.
    ///
    /// # Errors
    /// When the account is no member.
    pub fn leave(mut self, account: AccountId) -> Result<Self, NotAMember> {
        self.member(account)?;
        self.members.retain(|member| member.account_id != account);
        if self.members.is_empty() {
            self.name.clear();
        }
        self.version += 1;
        Ok(self)
    }

    /// The circle with another level or other exceptions of a member.
    ///
    /// # Errors
    /// When the account is no member.
    pub fn share(
        mut self,
        account: AccountId,
        sharing: Option<Sharing>,
        exceptions: Option<Vec<SharingException>>,
    ) -> Result<Self, NotAMember> {
        let member = self
            .members
            .iter_mut()
            .find(|member| member.account_id == account)
            .ok_or(NotAMember)?;
        if let Some(sharing) = sharing {
            member.sharing = sharing;
        }
        if let Some(exceptions) = exceptions {
            member.exceptions = exceptions;
        }
        self.version += 1;
        Ok(self)
    }

    /// The circle announced anew, because a member calls itself something else.
    #[must_use]
    pub fn renamed_member(mut self) -> Self {
        self.version += 1;
        self
    }

    /// What the other services are told. `name_of` gives a member's display name.
    pub fn changed(&self, name_of: impl Fn(AccountId) -> String) -> CircleChanged {
        CircleChanged {
            circle_id: self.id,
            version: self.version,
            name: self.name.clone(),
            members: self
                .members
                .iter()
                .map(|member| CircleMember {
                    account_id: member.account_id,
                    display_name: name_of(member.account_id),
                    since: member.since,
                    sharing: member.sharing,
                    exceptions: member.exceptions.clone(),
                })
                .collect(),
        }
    }
}
