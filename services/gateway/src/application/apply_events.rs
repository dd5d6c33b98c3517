//! What other services' events tell an account to fetch again, and which accounts there are.

use kith_shared::events::users::{AccountChanged, ErasureRequested};
use skeleton_durable::{
    Envelope,
    commit::{ChangeSet, CommitError},
};
use uuid::Uuid;

use super::App;
use crate::{domain::updates::Changed, ports::Write};

/// What an event of another service says.
#[derive(Clone, Debug)]
pub enum Incoming {
    /// How far an import has come.
    Import {
        /// Whose.
        account: Uuid,
        /// The import.
        id: Uuid,
    },
    /// A notification as it now is.
    Notification {
        /// Who is notified.
        account: Uuid,
        /// The notification.
        id: Uuid,
        /// `reminder_due`, …
        kind: String,
    },
    /// A circle as it now is.
    Circle {
        /// The circle.
        id: Uuid,
        /// The accounts in it.
        members: Vec<Uuid>,
    },
    /// An invitation as it now is.
    Invitation {
        /// Into this circle.
        circle: Uuid,
        /// Who invited.
        invited_by: Uuid,
        /// Who was invited, if that is an account.
        invited: Option<Uuid>,
    },
    /// An account as it now is.
    Account(AccountChanged),
    /// An account is to be erased.
    Erased(ErasureRequested),
}

impl App {
    /// Takes a batch of events in, with one commit, and wakes the streams of whom they concern.
    ///
    /// # Errors
    /// When the store cannot be reached or fails; then none was taken in.
    pub async fn apply_events(
        &self,
        handled: &[Envelope],
        incoming: Vec<Incoming>,
    ) -> Result<(), CommitError> {
        let mut change = ChangeSet::new().handled(handled);
        let mut told = Vec::new();
        for write in incoming.into_iter().flat_map(|one| self.writes(one)) {
            if let Write::Live { account, .. } = &write {
                told.push(*account);
            }
            change = change.write(write);
        }
        self.store.commit(change).await?;
        told.sort_unstable();
        told.dedup();
        for account in told {
            self.live.wake(account);
        }
        Ok(())
    }

    fn writes(&self, incoming: Incoming) -> Vec<Write> {
        let tell = |account, event, changed| self.live.telling(account, event, changed);
        match incoming {
            Incoming::Import { account, id } => vec![tell(account, "import", Changed::One(id))],
            Incoming::Notification { account, id, kind } => {
                let mut writes = vec![tell(account, "notification", Changed::One(id))];
                if kind == "reminder_due" {
                    writes.push(tell(account, "reminder", Changed::Several));
                }
                writes
            }
            Incoming::Circle { id, members } => members
                .into_iter()
                .map(|member| tell(member, "circle", Changed::One(id)))
                .collect(),
            Incoming::Invitation {
                circle,
                invited_by,
                invited,
            } => [invited_by]
                .into_iter()
                .chain(invited)
                .map(|account| tell(account, "circle", Changed::One(circle)))
                .collect(),
            Incoming::Account(account) => vec![Write::Account {
                id: account.account_id.0,
                email: Some(account.email.to_lowercase()),
                version: account.version,
            }],
            Incoming::Erased(erased) => {
                let id = erased.account_id.0;
                vec![
                    Write::Account {
                        id,
                        email: None,
                        version: erased.version,
                    },
                    Write::Forget(id),
                ]
            }
        }
    }
}
