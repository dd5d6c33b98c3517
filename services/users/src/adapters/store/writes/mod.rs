//! What is written, and which file writes it.

mod accounts;
mod circles;
mod sessions;

use skeleton_durable::sql::WriteError;

use super::{Write as SqlWrite, dialect::Connection, mail};
use crate::ports::Write;

impl SqlWrite for Write {
    async fn apply(&self, on: &mut Connection) -> Result<(), WriteError> {
        match self {
            Self::InsertAccount(account, password) => {
                accounts::insert(on, account, password.as_deref()).await
            }
            Self::SaveAccount(account, expected) => accounts::save(on, account, *expected).await,
            Self::DeleteAccount(account, expected) => {
                accounts::delete(on, account, *expected).await
            }
            Self::SaveAttempts(key, attempts, expected) => {
                sessions::save_attempts(on, key, attempts, *expected).await
            }
            Self::ForgetAttempts(key) => sessions::forget_attempts(on, key).await,
            Self::InsertSession(session) => sessions::insert(on, session).await,
            Self::TouchSession(session) => sessions::touch(on, session).await,
            Self::DeleteSession(id, account) => sessions::delete(on, *id, *account).await,
            Self::InsertCircle(circle) => circles::insert(on, circle).await,
            Self::SaveCircle(circle, expected) => circles::save(on, circle, *expected).await,
            Self::InsertInvitation(invitation) => circles::insert_invitation(on, invitation).await,
            Self::SaveInvitation(invitation, expected) => {
                circles::save_invitation(on, invitation, *expected).await
            }
            Self::InsertSample(sample) => circles::insert_sample(on, sample).await,
            Self::QueueMail(queued) => mail::queue(on, "account_id", queued).await,
            Self::Sweep(sweep) => sessions::sweep(on, *sweep).await,
        }
    }
}
