//! A batch of a file's records: what must be loaded to decide on it, and the one commit that the
//! decision becomes.

use std::collections::BTreeSet;

use kith_shared::ids::PersonId;
use skeleton_durable::commit::{self, ChangeSet};

use super::{
    App, cause_of,
    run_import::RunError,
    save_book::{append, make_stale},
};
use crate::{
    domain::{
        correspondence::CorrespondenceBatch,
        import::{Import, WrongStage},
        intake::{Intake, Prepared, What},
        key::Key,
        receipt::ReceiptLine,
    },
    ports::{Wanted, Write},
};

impl App {
    /// Takes a batch, anew when the book was changed in the meantime.
    pub(super) async fn take_batch(
        &self,
        import: Import,
        batch: &[Prepared],
        publish: bool,
    ) -> Result<Import, RunError> {
        commit::decide(async || {
            let (change, next) = self.decide_batch(&import, batch.to_vec(), publish).await?;
            let committed = self.commit_unless_lost(change, &import).await?;
            Ok(committed.map(|()| next))
        })
        .await
    }

    async fn decide_batch(
        &self,
        import: &Import,
        batch: Vec<Prepared>,
        publish: bool,
    ) -> Result<(ChangeSet<Write>, Import), RunError> {
        let (account, at) = (import.account, self.now());
        let bytes_done = batch.last().map_or(0, |last| last.bytes_done);
        let asked = Asked::of(&batch);
        let wanted = Wanted {
            keys: asked.keys,
            ..Wanted::default()
        };
        let book = self.book_around(account, &wanted).await?;
        let known = self.store.known_records(account, &asked.records).await?;
        let correspondents = self.store.correspondents(account, &wanted.keys).await?;
        let counted = self.store.counted(account, &asked.messages).await?;
        let correspondence = CorrespondenceBatch::load(correspondents, counted);
        let mut intake = Intake {
            import,
            book,
            correspondence,
            known,
            lines: Vec::new(),
            at,
        };
        intake.claim(&batch);
        let mut new_id = self.new_id;
        for prepared in batch {
            intake.take(prepared, &mut new_id);
        }
        Ok(self.batch_change(intake, bytes_done, publish)?)
    }

    fn batch_change(
        &self,
        intake: Intake<'_>,
        bytes_done: u64,
        publish: bool,
    ) -> Result<(ChangeSet<Write>, Import), WrongStage> {
        let Intake {
            import,
            book,
            correspondence,
            lines,
            at,
            ..
        } = intake;
        let (account, id) = (import.account, import.id);
        let mut stale: BTreeSet<PersonId> = BTreeSet::new();
        for bucket in correspondence.tallies.keys() {
            let other_is_known = bucket.b.as_ref().is_none_or(|b| book.owner_of(b).is_some());
            stale.extend(book.owner_of(&bucket.a).filter(|_| other_is_known));
        }
        let outcome = book.finish(&self.key_hasher);
        let seen = outcome.changes.seen.clone();
        stale.extend(&outcome.changes.regrouped);
        let gained = outcome.changes.gained.iter();
        stale.extend(
            gained
                .filter(|(_, key)| correspondence.correspondent(key).is_some())
                .map(|(id, _)| id),
        );
        let next = import
            .clone()
            .took(&lines, bytes_done, outcome.events.len() as u64)?;
        let mut change = ChangeSet::new();
        if !outcome.saved.is_empty() || !correspondence.counted.is_empty() {
            change = append(change, account, outcome, at, &cause_of(id));
        }
        let saved = correspondence.to_save().cloned();
        change.writes.extend(saved.map(|it| Write::Correspondent {
            account,
            correspondent: it,
        }));
        let tallies = correspondence.tallies.into_iter();
        change
            .writes
            .extend(tallies.map(|(bucket, tally)| Write::Tally {
                account,
                bucket,
                tally,
            }));
        let counted = correspondence.counted.into_iter();
        change
            .writes
            .extend(counted.map(|hash| Write::MessageCounted { account, hash }));
        if !seen.is_empty() {
            change.writes.push(Write::RecordsSeen {
                import: id,
                ids: seen,
            });
        }
        change.writes.extend(make_stale(account, Some(id), stale));
        change.writes.extend(
            lines
                .into_iter()
                .filter(ReceiptLine::is_kept)
                .map(|line| Write::Receipt { import: id, line }),
        );
        change
            .writes
            .push(Write::ImportSaved(Box::new(next.clone())));
        if publish {
            change = change.event(&next.event(), at, &cause_of(id));
        }
        Ok((change, next))
    }
}

/// What must be loaded to decide on a batch.
struct Asked {
    keys: Vec<Key>,
    records: Vec<Vec<u8>>,
    messages: Vec<Vec<u8>>,
}

impl Asked {
    fn of(batch: &[Prepared]) -> Self {
        let (mut keys, mut records, mut messages) = (BTreeSet::new(), Vec::new(), Vec::new());
        for prepared in batch {
            match &prepared.what {
                What::Contact(arrival) => {
                    keys.extend(arrival.keys.iter().cloned());
                    records.push(arrival.hash.clone());
                }
                What::Message(message) => {
                    keys.extend(message.keys().cloned());
                    messages.push(message.hash.clone());
                    messages.extend(message.hash_by_id.clone());
                }
                What::NotTaken { .. } => {}
            }
        }
        Self {
            keys: keys.into_iter().collect(),
            records,
            messages,
        }
    }
}
