//! Every way from this service to the outside, but for the way mail leaves: a port of
//! `skeleton-mail`.

use async_trait::async_trait;
use jiff::Timestamp;
use kith_shared::{
    events::users::AccountChanged,
    ids::{AccountId, CircleId, NotificationId, ReminderId},
};
use skeleton_durable::{
    commit::{Commit, CommitError},
    reconcile::Digests,
};
use skeleton_mail::Mail;
use uuid::Uuid;

use crate::domain::{
    notification::{Circle, Invitation, Member, Notification},
    reminder::{Reminder, Status},
};

/// A change to the store.
#[derive(Clone, Debug)]
pub enum Write {
    /// A reminder that must not be there yet (version 1) or be there in the version before.
    Reminder(Reminder),
    /// A reminder that must be there in this version goes.
    DropReminder(Reminder),
    /// A notification: new ones that are there already stay as they are, changed ones must be
    /// there in the version before.
    Notification(Notification),
    /// Whether reminders are mailed too.
    Preferences(AccountId, Preferences),
    /// Mail to be sent.
    QueueMail(Mail),
    /// An account as it now is; older versions change nothing.
    Account(AccountChanged),
    /// A circle as it now is; older versions change nothing.
    Circle(Circle),
    /// An invitation as it now is; older versions change nothing.
    Invitation(Invitation),
    /// Everything of an account, which ended in that version, goes, and nothing more of it is taken
    /// in.
    Erase(AccountId, i64),
}

/// How an account wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// Whether a due reminder is mailed too.
    pub reminder_mail: bool,
}

/// Where and when an account is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Where mail goes.
    pub email: String,
    pub time_zone: String,
}

/// Where a list goes on: after the item with this time and id.
pub type Place = (Timestamp, Uuid);

/// What the use cases ask the store. All fail when it cannot be reached.
#[async_trait]
#[allow(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Store: Commit<Write> {
    /// A reminder of an account.
    async fn reminder(
        &self,
        of: AccountId,
        id: ReminderId,
    ) -> Result<Option<Reminder>, CommitError>;
    /// Reminders of an account, the next due first.
    async fn reminders(
        &self,
        of: AccountId,
        status: Option<Status>,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Reminder>, CommitError>;
    /// Pending reminders whose time has come, the longest due first.
    async fn reminders_due(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Reminder>, CommitError>;
    /// When the next pending reminder falls due.
    async fn next_reminder(&self) -> Result<Option<Timestamp>, CommitError>;

    /// A notification of an account.
    async fn notification(
        &self,
        of: AccountId,
        id: NotificationId,
    ) -> Result<Option<Notification>, CommitError>;
    /// Notifications of an account, newest first.
    async fn notifications(
        &self,
        of: AccountId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Notification>, CommitError>;
    /// Unread notifications of an account, oldest first.
    async fn unread(&self, of: AccountId, limit: usize) -> Result<Vec<Notification>, CommitError>;
    /// How many are unread.
    async fn unread_count(&self, of: AccountId) -> Result<u64, CommitError>;
    /// Which of these are there.
    async fn told(&self, ids: &[NotificationId]) -> Result<Vec<NotificationId>, CommitError>;

    /// How an account wants to be told.
    async fn preferences(&self, of: AccountId) -> Result<Preferences, CommitError>;
    /// Where an account is reached, if that is known.
    async fn contact(&self, of: AccountId) -> Result<Option<Contact>, CommitError>;
    /// Version and members of a circle, if it is known.
    async fn circle(&self, id: CircleId) -> Result<Option<(i64, Vec<Member>)>, CommitError>;
    /// Version of an invitation, if it is known.
    async fn invitation_version(&self, id: Uuid) -> Result<Option<i64>, CommitError>;
    /// Which of these accounts are gone.
    async fn erased(&self, accounts: &[AccountId]) -> Result<Vec<AccountId>, CommitError>;

    /// Versions held of accounts, of circles, or of the ends of accounts, by the type of their event.
    async fn digests(&self, kind: &str) -> Result<Digests, CommitError>;
}
