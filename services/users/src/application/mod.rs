//! The use cases, one a file: load, decide, commit. What each may answer stands in its error enum.
//!
//! One use case, one file of its name; those that share more stand beside it.
//!
//! | | use case |
//! |---|---|
//! | command | `sign_up`: a new account |
//! | command | `sign_in`: a session for an address and a password |
//! | query | `check_session`: who is this token? |
//! | query | `list_sessions` |
//! | command | `revoke_session` |
//! | query | `get_me` |
//! | command | `update_me` |
//! | command | `erase_account` |
//! | command | `add_address` |
//! | command | `verify_address` |
//! | command | `send_verification` |
//! | command | `remove_address` |
//! | command | `create_circle` |
//! | query | `get_circle`, `list_circles`: in `circles` |
//! | command | `update_membership` |
//! | command | `leave_circle` |
//! | command | `invite_member` |
//! | command | `withdraw_invitation` |
//! | query | `list_invitations` |
//! | command | `accept_invitation` |
//! | command | `refuse_invitation` |
//! | command | `create_sample_network` |
//! | by itself | `sweep`: what has ended goes |
//! | replay | the current state again, and what is held |
//!
//! Every change tells the other services the subject's full state, in the same commit.

pub mod accept_invitation;
pub mod add_address;
pub mod announce;
pub mod check_session;
pub mod circles;
pub mod create_circle;
pub mod create_sample_network;
pub mod erase_account;
pub mod fresh;
pub mod get_me;
pub mod invite_member;
pub mod leave_circle;
pub mod letters;
pub mod list_invitations;
pub mod list_sessions;
pub mod passwords;
pub mod refuse_invitation;
pub mod remove_address;
pub mod replay;
pub mod revoke_session;
pub mod send_verification;
pub mod sign_in;
pub mod sign_up;
pub mod sweep;
pub mod update_me;
pub mod update_membership;
pub mod verify_address;
pub mod withdraw_invitation;

use std::sync::Arc;

use jiff::Timestamp;
use kith_shared::{ids::AccountId, keys::KeyHasher};
use skeleton_durable::{
    Cause,
    clock::Clock,
    commit::{ChangeSet, CommitError},
};
use skeleton_host::telemetry;
use tokio::sync::Notify;

use crate::{
    domain::account::Account,
    ports::{Store, Write},
};
use letters::Letters;
use passwords::Passwords;
use uuid::Uuid;

/// What every use case works with.
pub struct App {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    /// Ids for what is new; they rise with time.
    pub new_id: fn() -> Uuid,
    pub passwords: Passwords,
    /// Hashes addresses for the other services.
    pub key_hasher: KeyHasher,
    pub letters: Letters,
    /// Whether the address of every sign-up counts as proven.
    pub trust_sign_up_addresses: bool,
    /// Told when mail was queued.
    pub mail_queued: Arc<Notify>,
}

impl App {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The cause that the events of this request give.
    fn cause() -> Cause {
        Cause {
            traceparent: telemetry::current_traceparent(),
            ..Cause::default()
        }
    }

    async fn commit(&self, change: ChangeSet<Write>) -> Result<(), CommitError> {
        let has_mail = change
            .writes
            .iter()
            .any(|write| matches!(write, Write::QueueMail(_)));
        self.store.commit(change).await?;
        if has_mail {
            self.mail_queued.notify_one();
        }
        Ok(())
    }

    async fn load(&self, id: AccountId) -> Result<Option<Account>, CommitError> {
        self.store.account(id).await
    }
}
