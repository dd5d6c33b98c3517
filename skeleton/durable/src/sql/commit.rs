//! The commit port: one transaction for writes, outbox, inbox and idempotency key.

use std::future::Future;

use async_trait::async_trait;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    Store,
    dialect::{Connection, Pool},
    rows,
    scan::{Row, column},
    store::{self, within, within_commit},
};
use crate::{
    Envelope,
    commit::{ChangeSet, Commit, CommitError, KeptAnswer},
    crash,
    sql::{WriteError, classify},
    stored::{Unreadable, known, moment},
};

/// A write that this database knows how to apply. Services implement it for their enum of writes.
pub trait Write: Send + Sync + Sized + 'static {
    /// Applies one write within the transaction.
    fn apply(&self, on: &mut Connection) -> impl Future<Output = Result<(), WriteError>> + Send;

    /// Applies many, in order. Override it where rows can be written together.
    fn apply_all(
        writes: &[Self],
        on: &mut Connection,
    ) -> impl Future<Output = Result<(), WriteError>> + Send {
        async move {
            for write in writes {
                write.apply(on).await?;
            }
            Ok(())
        }
    }

    /// Whether it may be applied in one transaction with writes of other commits that come at the
    /// same time, which is cheaper. Only if it waits for no lock that another commit could hold: a
    /// row with an id of its own, say. Otherwise two such transactions could wait for each other.
    fn may_share(&self) -> bool {
        false
    }

    /// Applies writes of several commits, all of which may share. Override it where rows can be
    /// written together.
    fn apply_shared(
        writes: &[&Self],
        on: &mut Connection,
    ) -> impl Future<Output = Result<(), WriteError>> + Send {
        async move {
            for write in writes {
                write.apply(on).await?;
            }
            Ok(())
        }
    }
}

/// For stores that only pass events on.
impl Write for () {
    async fn apply(&self, _: &mut Connection) -> Result<(), WriteError> {
        Ok(())
    }
}

/// Rows written by one statement; SQLite bounds the parameters of one.
const ROWS: usize = 1000;

#[async_trait]
impl<W: Write> Commit<W> for Store {
    async fn commit(&self, change: ChangeSet<W>) -> Result<(), CommitError> {
        within_commit(store::commit(self, change)).await
    }

    async fn kept_answer(
        &self,
        account: Uuid,
        key: &str,
    ) -> Result<Option<KeptAnswer>, CommitError> {
        within(async {
            let row = sqlx::query(
                "SELECT account, key, fingerprint, status, body, at FROM kept_answer \
                 WHERE account = $1 AND key = $2",
            )
            .bind(account)
            .bind(key)
            .fetch_optional(self.reader())
            .await
            .map_err(classify)?;
            row.as_ref().map(answer).transpose()
        })
        .await
    }
}

/// Commits by a transaction of its own.
pub(super) async fn alone<W: Write>(
    pool: &Pool,
    wake: &Notify,
    change: &ChangeSet<W>,
) -> Result<(), CommitError> {
    crash::point("commit.before");
    let mut transaction = pool.begin().await.map_err(classify)?;
    mark_handled(&mut transaction, &change.handled).await?;
    keep_answer(&mut transaction, change.answer.as_ref()).await?;
    W::apply_all(&change.writes, &mut transaction).await?;
    append(&mut transaction, change.events.iter())
        .await
        .map_err(classify)?;
    crash::point("commit.within");
    transaction.commit().await.map_err(classify)?;
    crash::point("commit.after");
    if !change.events.is_empty() {
        wake.notify_one();
    }
    Ok(())
}

/// Marks events as handled; finds out if somebody did so before, or parked them.
async fn mark_handled(on: &mut Connection, handled: &[Envelope]) -> Result<(), CommitError> {
    // In one order everywhere, so that two batches that overlap wait for instead of block each other.
    let mut sorted: Vec<&Envelope> = handled.iter().collect();
    sorted.sort_by_key(|event| event.id);
    sorted.dedup_by_key(|event| event.id);
    for events in sorted.chunks(ROWS) {
        let written = rows::mark_handled(on, events).await.map_err(classify)?;
        if written < events.len() as u64 {
            // Some of these; the caller goes on without them.
            return Err(CommitError::AlreadyHandled(
                events.iter().map(|event| event.id).collect(),
            ));
        }
    }
    Ok(())
}

pub(super) async fn keep_answer(
    on: &mut Connection,
    answer: Option<&KeptAnswer>,
) -> Result<(), CommitError> {
    let Some(answer) = answer else { return Ok(()) };
    let written = sqlx::query(
        "INSERT INTO kept_answer (account, key, fingerprint, status, body, at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, key) DO NOTHING",
    )
    .bind(answer.account)
    .bind(&answer.key)
    .bind(&answer.fingerprint)
    .bind(i64::from(answer.status))
    .bind(&answer.body)
    .bind(answer.at.as_microsecond())
    .execute(on)
    .await
    .map_err(classify)?
    .rows_affected();
    if written == 1 {
        Ok(())
    } else {
        Err(CommitError::Repeated)
    }
}

pub(super) async fn append(
    on: &mut Connection,
    events: impl Iterator<Item = &Envelope> + Send,
) -> Result<(), sqlx::Error> {
    let events: Vec<&Envelope> = events.collect();
    for events in events.chunks(ROWS) {
        rows::append(on, events).await?;
    }
    Ok(())
}

/// The envelope as it is kept in outbox and inbox.
pub(super) fn to_text(event: &Envelope) -> String {
    serde_json::to_string(event).expect("an envelope is a struct of strings, which serialises")
}

/// The envelope out of `table`: outbox or inbox.
pub(super) fn from_text(table: &str, id: Uuid, text: &str) -> Result<Envelope, Unreadable> {
    serde_json::from_str(text)
        .map_err(|error| Unreadable::new(table, id, format!("envelope: {error}")))
}

/// An answer that was kept. No field has a default: a status that cannot be read is not given as
/// another one.
pub(super) fn answer(row: &Row) -> Result<KeptAnswer, CommitError> {
    let (account, key): (Uuid, String) = (column(row, "account")?, column(row, "key")?);
    let name = format!("{account}/{key}");
    let status: i64 = column(row, "status")?;
    let known_status = u16::try_from(status)
        .ok()
        .filter(|status| (100..1000).contains(status));
    Ok(KeptAnswer {
        fingerprint: column(row, "fingerprint")?,
        status: known(
            known_status,
            ("kept_answer", "status"),
            &name,
            "an HTTP status",
            status,
        )?,
        body: column(row, "body")?,
        at: moment(column(row, "at")?, ("kept_answer", "at"), &name)?,
        account,
        key,
    })
}
