//! By itself: what changes of the book made stale is published, and files that have served are
//! deleted.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use kith_shared::ids::{AccountId, ImportId};
use skeleton_durable::commit::{ChangeSet, CommitError};
use tokio_util::sync::CancellationToken;

use super::App;
use crate::ports::Write;

/// How often it looks when nobody wakes it.
const IDLE: Duration = Duration::from_secs(2);
/// How long it waits after something went wrong.
const TROUBLE: Duration = Duration::from_secs(1);
/// An upload that came to nothing for so long never will.
const UPLOAD_OLD: SignedDuration = SignedDuration::from_hours(24);
/// Files looked at in one turn.
const FILES: usize = 200;

impl App {
    /// Publishes and deletes until `stop`.
    pub async fn tidy(self: Arc<Self>, stop: CancellationToken) {
        // Whose interactions were last published.
        let mut served = None;
        while !stop.is_cancelled() {
            let wait = match self.tidy_some(&mut served).await {
                Ok(true) => continue,
                Ok(false) => IDLE,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "to be tried again");
                    TROUBLE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.book_changed.notified() => {}
                () = self.clock.sleep(wait) => {}
            }
        }
    }

    /// Says whether there is more to publish.
    async fn tidy_some(&self, served: &mut Option<AccountId>) -> Result<bool, CommitError> {
        *served = self.publish_stale(*served).await?;
        if served.is_some() {
            return Ok(true);
        }
        match self.rekey_some().await {
            // Others who change the book have their turn.
            Ok(true) => {
                tokio::task::yield_now().await;
                return Ok(true);
            }
            Ok(false) => {}
            // A book that cannot be read keeps nobody else's files.
            Err(error) => tracing::warn!(error = format!("{error:#}"), "keys are not made again"),
        }
        self.sweep().await?;
        Ok(false)
    }

    /// Deletes files that have served, and those of uploads that came to nothing.
    async fn sweep(&self) -> Result<(), CommitError> {
        let before = self.clock.now().saturating_sub(UPLOAD_OLD);
        let before = before.unwrap_or(Timestamp::MIN);
        let ended = self.store.ended_with_file(FILES).await?.into_iter();
        let abandoned = self.store.abandoned_uploads(before, FILES).await?;
        let ended = ended.map(|id| (id, Write::BlobGone(id)));
        let abandoned = abandoned.into_iter().map(|id| (id, Write::UploadEnded(id)));
        for (id, gone) in ended.chain(abandoned) {
            if let Err(error) = self.blobs.delete(id.0).await {
                tracing::warn!(import = %id, %error, "a file cannot be deleted");
                return Ok(());
            }
            self.store.commit(ChangeSet::new().write(gone)).await?;
        }
        Ok(())
    }

    /// Deletes the file of an import that has ended. One that cannot be deleted now is deleted by
    /// the sweep.
    pub(super) async fn drop_file(&self, import: ImportId) {
        if let Err(error) = self.blobs.delete(import.0).await {
            tracing::warn!(%import, %error, "a file is left, to be deleted later");
            return;
        }
        let gone = ChangeSet::new().write(Write::BlobGone(import));
        if let Err(error) = self.store.commit(gone).await {
            tracing::warn!(%import, %error, "not noted that the file is deleted");
        }
    }
}
