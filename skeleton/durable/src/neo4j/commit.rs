//! The commit port: one transaction for writes, outbox, inbox and idempotency key.

use std::time::Duration;

use async_trait::async_trait;
use neo4rs::{Query, Row, Txn};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Store, classify, column, query};
use crate::{
    Envelope,
    commit::{ChangeSet, Commit, CommitError, KeptAnswer},
    crash,
    stored::{Unreadable, known, moment},
};

/// A query that writes, and how many rows it must return to have been right.
pub struct Effect {
    /// Cypher, returning one row for each thing written.
    pub text: &'static str,
    /// Its parameters, a JSON object.
    pub parameters: Value,
    /// How many rows it must return; none: it does not matter.
    pub rows: Option<u64>,
    /// What is in conflict when it returns another number.
    pub what: &'static str,
}

/// A write that Neo4j knows how to apply. Services implement it for their enum of writes.
pub trait Write: Send + Sync + Sized + 'static {
    /// The queries that apply these writes, in order; many writes of a kind make one query
    /// (`UNWIND $rows AS row …`).
    fn effects(writes: &[Self]) -> Vec<Effect>;
}

/// How often a transaction is tried again that met a deadlock.
const DEADLOCK_TRIES: u32 = 8;

#[async_trait]
impl<W: Write> Commit<W> for Store {
    async fn commit(&self, change: ChangeSet<W>) -> Result<(), CommitError> {
        let mut tries = 0;
        crash::point("commit.before");
        loop {
            match self.attempt(&change).await {
                Err(CommitError::Unavailable(reason))
                    if tries < DEADLOCK_TRIES && reason.contains("Transient") =>
                {
                    tries += 1;
                    let wait = rand::random_range(1..=5 * u64::from(tries));
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                }
                Ok(()) => {
                    crash::point("commit.after");
                    if !change.events.is_empty() {
                        self.wake.notify_one();
                    }
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn kept_answer(
        &self,
        account: Uuid,
        key: &str,
    ) -> Result<Option<KeptAnswer>, CommitError> {
        let text = format!("MATCH (n:KeptAnswer {{account: $account, key: $key}}) RETURN {ANSWER}");
        let rows = self
            .run(&text, json!({"account": account, "key": key}))
            .await?;
        rows.first().map(answer).transpose()
    }
}

/// What [`answer`] reads of a node.
pub(super) const ANSWER: &str = "n.account AS account, n.key AS key, \
    n.fingerprint AS fingerprint, n.status AS status, n.body AS body, n.at AS at";

/// An answer that was kept. No field has a default: a status that cannot be read is not given as
/// another one.
pub(super) fn answer(row: &Row) -> Result<KeptAnswer, CommitError> {
    let (account, key): (Uuid, String) = (column(row, "account")?, column(row, "key")?);
    let name = format!("{account}/{key}");
    let status: i64 = column(row, "status")?;
    let known_status = u16::try_from(status).ok();
    let known_status = known_status.filter(|status| (100..1000).contains(status));
    let in_column = ("KeptAnswer", "status");
    Ok(KeptAnswer {
        fingerprint: column(row, "fingerprint")?,
        status: known(known_status, in_column, &name, "an HTTP status", status)?,
        body: column(row, "body")?,
        at: moment(column(row, "at")?, ("KeptAnswer", "at"), &name)?,
        account,
        key,
    })
}

impl Store {
    async fn attempt<W: Write>(&self, change: &ChangeSet<W>) -> Result<(), CommitError> {
        let mut transaction = self.graph.start_txn().await.map_err(classify)?;
        let applied = self.apply(&mut transaction, change).await;
        match applied {
            Ok(()) => {
                crash::point("commit.within");
                transaction.commit().await.map_err(classify)
            }
            Err(error) => {
                // The server gives it up by itself when the connection is gone.
                if let Err(lost) = transaction.rollback().await {
                    tracing::debug!(%lost, "rollback");
                }
                Err(error)
            }
        }
    }

    async fn apply<W: Write>(
        &self,
        on: &mut Txn,
        change: &ChangeSet<W>,
    ) -> Result<(), CommitError> {
        mark_handled(on, &change.handled).await?;
        keep_answer(on, change.answer.as_ref()).await?;
        for effect in W::effects(&change.writes) {
            let rows = count(on, query(effect.text, effect.parameters)?).await?;
            if effect.rows.is_some_and(|expected| expected != rows) {
                return Err(CommitError::Conflict(effect.what.to_owned()));
            }
        }
        append(on, &change.events).await
    }
}

/// Runs a query to its end; how many rows it returned.
async fn count(on: &mut Txn, query: Query) -> Result<u64, CommitError> {
    let mut stream = on.execute(query).await.map_err(classify)?;
    let mut rows = 0;
    while stream.next(on.handle()).await.map_err(classify)?.is_some() {
        rows += 1;
    }
    Ok(rows)
}

async fn mark_handled(on: &mut Txn, handled: &[Envelope]) -> Result<(), CommitError> {
    if handled.is_empty() {
        return Ok(());
    }
    // In one order everywhere, so that two batches that overlap wait for instead of block each other.
    let mut sorted: Vec<&Envelope> = handled.iter().collect();
    sorted.sort_by_key(|event| event.id);
    sorted.dedup_by_key(|event| event.id);
    let rows: Vec<Value> = sorted
        .iter()
        .map(|event| {
            json!({
                "id": event.id, "kind": event.kind, "correlation": event.correlation_id,
                "due_at": event.time.as_microsecond(),
            })
        })
        .collect();
    let text = "UNWIND $rows AS row MERGE (n:Inbox {id: row.id}) SET n.lock = 1 \
                WITH n, row WHERE coalesce(n.state, 0) = 0 \
                SET n.state = 1, n.kind = row.kind, n.correlation = row.correlation, \
                    n.due_at = row.due_at, n.envelope = null, n.reason = null, n.lock = null \
                RETURN 1 AS one";
    let expected = rows.len() as u64;
    if count(on, query(text, json!({"rows": rows}))?).await? < expected {
        return Err(CommitError::AlreadyHandled(
            sorted.iter().map(|event| event.id).collect(),
        ));
    }
    Ok(())
}

async fn keep_answer(on: &mut Txn, answer: Option<&KeptAnswer>) -> Result<(), CommitError> {
    let Some(answer) = answer else { return Ok(()) };
    let text = "MERGE (n:KeptAnswer {account: $account, key: $key}) SET n.lock = 1 \
                WITH n WHERE n.at IS NULL \
                SET n.fingerprint = $fingerprint, n.status = $status, n.body = $body, n.at = $at, \
                    n.lock = null \
                RETURN 1 AS one";
    let parameters = json!({
        "account": answer.account, "key": answer.key, "fingerprint": answer.fingerprint,
        "status": answer.status, "body": answer.body, "at": answer.at.as_microsecond(),
    });
    if count(on, query(text, parameters)?).await? == 1 {
        Ok(())
    } else {
        Err(CommitError::Repeated)
    }
}

async fn append(on: &mut Txn, events: &[Envelope]) -> Result<(), CommitError> {
    if events.is_empty() {
        return Ok(());
    }
    let rows: Vec<Value> = events
        .iter()
        .map(|event| {
            json!({
                "id": event.id, "envelope": to_text(event),
                "recorded_at": event.time.as_microsecond(),
            })
        })
        .collect();
    let text = "UNWIND $rows AS row CREATE (:Outbox {id: row.id, envelope: row.envelope, \
                recorded_at: row.recorded_at, claimed_until: 0})";
    count(on, query(text, json!({"rows": rows}))?)
        .await
        .map(drop)
}

/// The envelope as it is kept in a node.
pub(super) fn to_text(event: &Envelope) -> String {
    serde_json::to_string(event).expect("an envelope is a struct of strings, which serialises")
}

/// The envelope out of a node.
pub(super) fn from_text(label: &str, id: &str, text: &str) -> Result<Envelope, Unreadable> {
    serde_json::from_str(text)
        .map_err(|error| Unreadable::new(label, id, format!("envelope: {error}")))
}
