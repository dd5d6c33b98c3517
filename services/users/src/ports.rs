//! Everything this service needs from outside: its store. The way mail leaves is a port of
//! `skeleton-mail`.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use kith_shared::{
    events::users::ErasureRequested,
    ids::{AccountId, CircleId, InvitationId, SessionId},
    keys::StrongKey,
};
use skeleton_durable::{
    commit::{Commit, CommitError},
    reconcile::Digests,
};
use skeleton_mail::Mail;
use uuid::Uuid;

use crate::domain::{
    account::Account, back_off::Attempts, circle::Circle, invitation::Invitation,
    sample::SampleNetwork, secret::SecretHash, session::Session, text::Email,
};

/// An answer of the store.
pub type Read<T> = Result<T, CommitError>;

/// Everything that there is, in the order of ids, a page behind `after`.
#[async_trait]
pub trait Census: Send + Sync {
    /// Accounts.
    async fn accounts_after(&self, after: Option<AccountId>, limit: u32) -> Read<Vec<Account>>;
    /// Circles, dissolved ones included.
    async fn circles_after(&self, after: Option<CircleId>, limit: u32) -> Read<Vec<Circle>>;
    /// Invitations that are not yet forgotten.
    async fn invitations_after(
        &self,
        after: Option<InvitationId>,
        limit: u32,
    ) -> Read<Vec<Invitation>>;
    /// What is left of accounts that are gone.
    async fn erased_after(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> Read<Vec<ErasureRequested>>;
    /// Versions of accounts, of circles, or of the ends of accounts, by the type of their event.
    async fn digests(&self, kind: &str) -> Read<Digests>;
}

/// Accounts, sessions, circles, invitations and waiting mail.
#[async_trait]
pub trait Store: Commit<Write> + Census {
    /// An account.
    async fn account(&self, id: AccountId) -> Read<Option<Account>>;
    /// An account and its password's hash, by the e-mail address it signs in with.
    async fn account_by_email(&self, email: &str) -> Read<Option<(Account, Option<String>)>>;
    /// The hash of an account's password.
    async fn password(&self, id: AccountId) -> Read<Option<String>>;
    /// Name and e-mail address of accounts.
    async fn cards(&self, ids: &[AccountId]) -> Read<HashMap<AccountId, Card>>;
    /// The account that has proven an address.
    async fn owner(&self, key: &StrongKey) -> Read<Option<AccountId>>;
    /// What is known of failed sign-ins.
    async fn attempts(&self, key: &str) -> Read<Option<Attempts>>;

    /// A session by its token's hash.
    async fn session(&self, token: &SecretHash) -> Read<Option<Session>>;
    /// Sessions of an account that are alive, newest first, older than `before`.
    async fn sessions(
        &self,
        account: AccountId,
        now: Timestamp,
        before: Option<SessionId>,
        limit: usize,
    ) -> Read<Vec<Session>>;

    /// A circle.
    async fn circle(&self, id: CircleId) -> Read<Option<Circle>>;
    /// Circles of which the account is a member, newest first, older than `before`.
    async fn circles_of(
        &self,
        member: AccountId,
        before: Option<CircleId>,
        limit: usize,
    ) -> Read<Vec<Circle>>;
    /// An invitation.
    async fn invitation(&self, id: InvitationId) -> Read<Option<Invitation>>;
    /// An invitation by its code's hash.
    async fn invitation_by_code(&self, code: &SecretHash) -> Read<Option<Invitation>>;
    /// Pending invitations of circles, oldest first.
    async fn invitations_of(&self, circles: &[CircleId]) -> Read<Vec<Invitation>>;
    /// Open invitations to any of these addresses, newest first, older than `before`.
    async fn invitations_to(
        &self,
        emails: &[String],
        now: Timestamp,
        before: Option<InvitationId>,
        limit: usize,
    ) -> Read<Vec<Invitation>>;
    /// Pending invitations that ran out before `now`.
    async fn invitations_expired(&self, now: Timestamp, limit: usize) -> Read<Vec<Invitation>>;
    /// The sample network made for an account.
    async fn sample(&self, asker: AccountId) -> Read<Option<SampleNetwork>>;
}

/// How an account appears to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub display_name: String,
    /// Where it signs in.
    pub email: String,
}

/// Under whose name the answer to a sign-up is kept: there is no account yet, and two people must
/// not meet under one idempotency key.
#[must_use]
pub fn sign_up_owner(email: &Email) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_URL,
        format!("mailto:{}", email.as_str()).as_bytes(),
    )
}

/// A change of the store. Whatever carries a version is refused where the store holds another.
#[derive(Debug)]
pub enum Write {
    /// A new account; its password's hash, if it can sign in.
    InsertAccount(Box<Account>, Option<String>),
    /// An account that was at version `.1`.
    SaveAccount(Box<Account>, i64),
    /// An account and all that is its own, at version `.1`, goes.
    DeleteAccount(Box<Account>, i64),
    /// What is known of failed sign-ins; refused unless there were `.2` failures before.
    SaveAttempts(String, Attempts, i64),
    /// A success forgets the failures.
    ForgetAttempts(String),
    /// A new session.
    InsertSession(Session),
    /// A session was used.
    TouchSession(Session),
    /// A session of the account ends; refused where it is not there.
    DeleteSession(SessionId, AccountId),
    /// A new circle.
    InsertCircle(Circle),
    /// A circle that was at version `.1`.
    SaveCircle(Circle, i64),
    /// A new invitation.
    InsertInvitation(Invitation),
    /// An invitation that was at version `.1`.
    SaveInvitation(Invitation, i64),
    /// A sample network was made.
    InsertSample(SampleNetwork),
    /// Mail to be sent.
    QueueMail(Mail),
    /// What has ended goes: see [`Sweep`].
    Sweep(Sweep),
}

/// Up to when what has ended is removed.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// Sessions that ran out before.
    pub sessions: Timestamp,
    /// Failed sign-ins before.
    pub attempts: Timestamp,
    /// Invitations that were over before, with the addresses in them.
    pub invitations: Timestamp,
}
