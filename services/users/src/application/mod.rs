//! The use cases, one a file: load, decide, commit. What each may answer stands in its error enum.
//!
//! | | use case | file |
//! |---|---|---|
//! | command | `sign_up`: a new account | `sign_up` |
//! | command | `sign_in`: a session for an address and a password | `sign_in` |
//! | query | `check_session`: who is this token? | `check_session` |
//! | query | `list_sessions` | `sessions` |
//! | command | `revoke_session` | `sessions` |
//! | query | `get_me` | `me` |
//! | command | `update_me` | `me` |
//! | command | `erase_account` | `erase_account` |
//! | command | `add_address`, `verify_address`, `send_verification`, `remove_address` | `addresses` |
//! | command | `create_circle`, `update_membership`, `leave_circle` | `circles` |
//! | query | `get_circle`, `list_circles` | `circles` |
//! | command | `invite_member`, `withdraw_invitation` | `invite` |
//! | query | `list_invitations` | `answer_invitation` |
//! | command | `accept_invitation`, `refuse_invitation` | `answer_invitation` |
//! | command | `create_sample_network` | `sample_network` |
//! | by itself | `sweep`: what has ended goes | `sweep` |
//! | replay | the current state again, and what is held | `replay` |
//!
//! Every change tells the other services the subject's full state, in the same commit.

pub mod addresses;
pub mod announce;
pub mod answer_invitation;
pub mod check_session;
pub mod circles;
pub mod erase_account;
pub mod fresh;
pub mod invite;
pub mod letters;
pub mod me;
pub mod passwords;
pub mod replay;
pub mod sample_network;
pub mod sessions;
pub mod sign_in;
pub mod sign_up;
pub mod sweep;

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

/// What every use case works with.
pub struct App {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// Hashes addresses for the other services.
    pub key_hasher: KeyHasher,
    /// Writes mail.
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
