//! Letters and the two ways they leave: to a mail server, or into a folder of an instance that has
//! none.
//!
//! A service queues letters in its own store ([`sql`]), in the commit that needs them; a
//! [`MailWorker`] sends each and drops it. Nothing shows a letter's text: it may hold a code.

mod folder;
mod message;
mod post;
mod queue;
mod settings;
mod smtp;
pub mod sql;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

pub use self::{
    folder::FolderMailer,
    post::{Attempt, SEND_LIMIT, attempt},
    queue::{Mail, MailQueue, MailWorker, QueuedMail},
    settings::{MailSettings, Sender, Way},
    smtp::SmtpMailer,
};

/// Plain text to one recipient. Its `Debug` shows no text and no address.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Identity: sent twice under the same id it is the same letter.
    pub id: Uuid,
    pub recipient: String,
    pub subject: String,
    pub body: String,
    /// When it was written.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter")
            .field("id", &self.id)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// It may leave later: the server is away, or said so.
    #[error("not now: {0}")]
    Later(String),
    /// It never will: the address or the message is refused.
    #[error("refused: {0}")]
    Never(String),
}

/// The way letters leave.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends one letter; returns once whoever carries it on has it.
    ///
    /// # Errors
    /// See [`NotSent`].
    async fn send(&self, letter: &Letter) -> Result<(), NotSent>;
}
