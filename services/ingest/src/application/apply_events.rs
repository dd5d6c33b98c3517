//! Takes over what the other services published: each batch becomes one commit.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kith_shared::{
    events::users::{AccountChanged, ErasureRequested, SampleRequested},
    ids::ImportId,
    keys::normalise_email,
};
use skeleton_durable::{
    Envelope, EventId,
    commit::{ChangeSet, CommitError},
    consumer::HandleError,
};

use super::{App, cause_of};
use crate::{
    domain::{account::Account, import::Applied},
    ports::Write,
};

/// What an event of another service says.
#[derive(Debug)]
pub enum Incoming {
    /// An account as it now is.
    Account(AccountChanged),
    /// An account is to be erased.
    Erasure(ErasureRequested),
    /// Somebody asked for a sample network, by this event.
    Sample {
        event: EventId,
        /// When it was published.
        time: Timestamp,
        /// Who asked for what.
        request: SampleRequested,
    },
    /// Search or network applied an import.
    Applied(ImportId, Applied),
}

impl App {
    /// Takes in what `events` say.
    ///
    /// # Errors
    /// Then none was taken in.
    pub async fn apply_events(
        &self,
        events: &[Envelope],
        incoming: Vec<Incoming>,
    ) -> Result<(), HandleError> {
        let mut change = ChangeSet::new().handled(events);
        let mut applied = BTreeMap::<ImportId, Applied>::new();
        for one in incoming {
            change = match one {
                Incoming::Account(event) => change.write(Write::Account(account_of(event))),
                Incoming::Erasure(request) => self.erase(change, &request).await?,
                Incoming::Sample {
                    event,
                    time,
                    request,
                } => self.queue_sample(change, event, time, request).await?,
                Incoming::Applied(import, by) => {
                    let before = applied.entry(import).or_default();
                    *before = before.and(by);
                    change
                }
            };
        }
        for (import, by) in applied {
            change = self.settle(change, import, by).await?;
        }
        self.store.commit(change).await?;
        self.import_queued.notify_one();
        Ok(())
    }

    /// Deletes the account's files, and adds to `change` that everything else goes. A file that
    /// cannot be deleted stops it, to be tried again.
    async fn erase(
        &self,
        change: ChangeSet<Write>,
        request: &ErasureRequested,
    ) -> Result<ChangeSet<Write>, CommitError> {
        for id in self.store.files_of(request.account_id).await? {
            let deleted = self.blobs.delete(id.0).await;
            deleted.map_err(|error| CommitError::Unavailable(error.to_string()))?;
        }
        let (account, version) = (request.account_id, request.version);
        Ok(change.write(Write::Erased { account, version }))
    }

    /// Adds to `change` that these have applied the import; nothing where it is not known or had
    /// ended.
    async fn settle(
        &self,
        change: ChangeSet<Write>,
        id: ImportId,
        by: Applied,
    ) -> Result<ChangeSet<Write>, CommitError> {
        let at = self.now();
        let import = self.store.import(id).await?;
        let Some(import) = import.and_then(|import| import.applied(by, at)) else {
            return Ok(change);
        };
        let change = change.event(&import.event(), at, &cause_of(id));
        Ok(change.write(Write::ImportSaved(Box::new(import))))
    }
}

/// The account as ingest keeps it: claimed addresses count as proven ones do, since they only
/// tell the owner's own mail from others'.
fn account_of(event: AccountChanged) -> Account {
    let emails = event
        .addresses
        .iter()
        .filter_map(|address| address.email.as_deref());
    let emails = emails
        .chain([event.email.as_str()])
        .filter_map(normalise_email)
        .collect();
    Account {
        id: event.account_id,
        version: event.version,
        region: event.region,
        emails,
        keys: event
            .addresses
            .into_iter()
            .map(|address| address.key)
            .collect(),
    }
}
