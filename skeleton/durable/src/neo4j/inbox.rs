//! The inbox port.

use async_trait::async_trait;
use jiff::Timestamp;
use neo4rs::Row;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Store, column,
    commit::{from_text, to_text},
};
use crate::{
    Envelope, EventId,
    commit::CommitError,
    inbox::{Inbox, Parked, Pending, Settled, Unknown, ahead_of},
    stored::{known, moment, reason},
};

const WAITING: i64 = 0;
const DONE: i64 = 1;
const PARKED: i64 = 2;

fn row(event: &Envelope, state: i64, attempts: u32, due: Timestamp, reason: Option<&str>) -> Value {
    json!({
        "id": event.id, "kind": event.kind, "correlation": event.correlation_id, "state": state,
        "envelope": (state != DONE).then(|| to_text(event)), "attempts": attempts,
        "due_at": due.as_microsecond(), "reason": reason,
    })
}

/// What is read of a node.
const COLUMNS: &str = "n.id AS id, n.kind AS kind, n.correlation AS correlation, \
    n.state AS state, n.envelope AS envelope, n.attempts AS attempts, n.due_at AS due_at, \
    n.reason AS reason";
const DUE_AT: (&str, &str) = ("Inbox", "due_at");

fn attempts(row: &Row) -> Result<u32, CommitError> {
    // A node of an event that was handled at once has none.
    let attempts = column::<Option<i64>>(row, "attempts")?.unwrap_or_default();
    let (id, number): (String, _) = (column(row, "id")?, u32::try_from(attempts).ok());
    let expected = "a number from 0";
    Ok(known(
        number,
        ("Inbox", "attempts"),
        id,
        expected,
        attempts,
    )?)
}

/// The event of a node that is waiting or parked.
fn event(row: &Row) -> Result<Envelope, CommitError> {
    let id: String = column(row, "id")?;
    let text: Option<String> = column(row, "envelope")?;
    let text = known(text, ("Inbox", "envelope"), &id, "an event", "none")?;
    Ok(from_text("Inbox", &id, &text)?)
}

fn pending(row: &Row) -> Result<Pending, CommitError> {
    Ok(Pending {
        event: event(row)?,
        attempts: attempts(row)?,
    })
}

fn parked(row: &Row) -> Result<Parked, CommitError> {
    let (event, reason) = match event(row) {
        Ok(event) => (event, column::<Option<String>>(row, "reason")?),
        Err(unreadable) => {
            let id: EventId = column(row, "id")?;
            let event = Unknown {
                id,
                kind: column(row, "kind")?,
                correlation: column(row, "correlation")?,
                at: moment(column(row, "due_at")?, DUE_AT, id)?,
                text: column(row, "envelope")?,
            };
            (event.stand_in(), Some(reason(unreadable)))
        }
    };
    Ok(Parked {
        event,
        attempts: attempts(row)?,
        reason: reason.unwrap_or_default(),
    })
}

/// Reads a node in any state, to see whether it can be.
pub(super) fn examine(row: &Row) -> Result<(), CommitError> {
    let (id, state): (String, i64) = (column(row, "id")?, column(row, "state")?);
    let is_known = [WAITING, DONE, PARKED].contains(&state).then_some(());
    known(is_known, ("Inbox", "state"), &id, "0, 1 or 2", state)?;
    column::<String>(row, "kind")?;
    column::<Uuid>(row, "correlation")?;
    moment(column(row, "due_at")?, DUE_AT, &id)?;
    attempts(row)?;
    if state == DONE {
        Ok(())
    } else {
        event(row).map(drop)
    }
}

impl Store {
    /// An event that cannot be read waits for a human; those behind it do not wait for that. Only if it
    /// still is what was read once whoever writes it has let go: a reader of Neo4j waits for no lock and
    /// may see a node of which some properties are not there yet.
    async fn put_aside(&self, row: &Row, reason: &str) -> Result<(), CommitError> {
        let id: String = column(row, "id")?;
        let envelope: Option<String> = column(row, "envelope").unwrap_or_default();
        let text = "MATCH (n:Inbox {id: $id}) SET n.lock = 1 WITH n WHERE n.state = 0 \
                    AND coalesce(n.envelope, '') = $envelope \
                    SET n.state = 2, n.reason = $reason, n.lock = null RETURN n.id AS id";
        let envelope = envelope.unwrap_or_default();
        let parameters = json!({"id": id, "reason": reason, "envelope": envelope});
        if !self.run(text, parameters).await?.is_empty() {
            tracing::error!(event = id, reason, "kept unreadably, parked");
        }
        Ok(())
    }

    /// Writes events in a state, unless they were handled. What a later version wrote into an
    /// envelope and this one does not know stays in it.
    async fn set(&self, rows: Vec<Value>) -> Result<(), CommitError> {
        let text = "UNWIND $rows AS row MERGE (n:Inbox {id: row.id}) SET n.lock = 1 \
                    WITH n, row WHERE coalesce(n.state, 0) <> 1 \
                    SET n.kind = row.kind, n.correlation = row.correlation, n.state = row.state, \
                        n.envelope = CASE row.state WHEN 1 THEN null \
                        ELSE coalesce(n.envelope, row.envelope) END, n.attempts = row.attempts, \
                        n.due_at = row.due_at, n.reason = row.reason, n.lock = null";
        self.run(text, json!({"rows": rows})).await.map(drop)
    }
}

#[async_trait]
impl Inbox for Store {
    async fn receive(&self, events: &[Envelope]) -> Result<(), CommitError> {
        let rows: Vec<Value> = events
            .iter()
            .map(|event| row(event, WAITING, 0, event.time, None))
            .collect();
        let text = "UNWIND $rows AS row MERGE (n:Inbox {id: row.id}) \
                    ON CREATE SET n.kind = row.kind, n.correlation = row.correlation, \
                        n.state = row.state, n.envelope = row.envelope, n.attempts = 0, \
                        n.due_at = row.due_at";
        self.run(text, json!({"rows": rows})).await.map(drop)
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Pending>, CommitError> {
        let text = format!(
            "MATCH (n:Inbox) WHERE n.state = 0 AND (n.due_at <= $now OR n.due_at > $ahead) \
             RETURN {COLUMNS} ORDER BY n.due_at, n.id LIMIT $limit"
        );
        let parameters = json!({
            "now": now.as_microsecond(), "ahead": ahead_of(now).as_microsecond(), "limit": limit,
        });
        let mut due = Vec::new();
        for row in self.run(&text, parameters).await? {
            match pending(&row) {
                Ok(pending) => due.push(pending),
                Err(unreadable) => self.put_aside(&row, &reason(unreadable)).await?,
            }
        }
        Ok(due)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, CommitError> {
        let rows = self
            .run(
                "MATCH (n:Inbox) WHERE n.state = 0 RETURN min(n.due_at) AS due",
                Value::Null,
            )
            .await?;
        let due: Option<i64> = rows
            .first()
            .map(|row| column(row, "due"))
            .transpose()?
            .flatten();
        Ok(due.map(|at| moment(at, DUE_AT, "min")).transpose()?)
    }

    async fn done(&self, events: &[Envelope]) -> Result<(), CommitError> {
        self.set(
            events
                .iter()
                .map(|event| row(event, DONE, 0, event.time, None))
                .collect(),
        )
        .await
    }

    async fn known(&self, ids: &[EventId]) -> Result<Vec<EventId>, CommitError> {
        let rows = self
            .run(
                "UNWIND $ids AS id MATCH (n:Inbox {id: id}) WHERE n.state <> 0 RETURN n.id AS id",
                json!({"ids": ids}),
            )
            .await?;
        rows.iter()
            .map(|row| column(row, "id").map(EventId))
            .collect()
    }

    async fn postpone(
        &self,
        event: &Envelope,
        attempts: u32,
        due: Timestamp,
        reason: &str,
    ) -> Result<(), CommitError> {
        self.set(vec![row(event, WAITING, attempts, due, Some(reason))])
            .await
    }

    async fn park(&self, event: &Envelope, attempts: u32, reason: &str) -> Result<(), CommitError> {
        self.set(vec![row(event, PARKED, attempts, event.time, Some(reason))])
            .await
    }

    async fn parked(&self, after: Option<EventId>, limit: u32) -> Result<Vec<Parked>, CommitError> {
        let text = format!(
            "MATCH (n:Inbox) WHERE n.state = 2 AND n.id > $after \
             RETURN {COLUMNS} ORDER BY n.id LIMIT $limit"
        );
        let parameters = json!({"after": after.unwrap_or(EventId(Uuid::nil())), "limit": limit});
        let rows = self.run(&text, parameters).await?;
        rows.iter().map(parked).collect()
    }

    async fn find_parked(&self, id: EventId) -> Result<Option<Parked>, CommitError> {
        let text = format!("MATCH (n:Inbox {{id: $id}}) WHERE n.state = 2 RETURN {COLUMNS}");
        let rows = self.run(&text, json!({"id": id})).await?;
        rows.first().map(parked).transpose()
    }

    async fn count_parked(&self) -> Result<u64, CommitError> {
        let rows = self
            .run(
                "MATCH (n:Inbox) WHERE n.state = 2 RETURN count(n) AS parked",
                json!({}),
            )
            .await?;
        let count = rows.first().map(|row| column::<i64>(row, "parked"));
        Ok(count.transpose()?.unwrap_or_default().unsigned_abs())
    }

    async fn replay(&self, id: EventId, edited: Option<&Envelope>) -> Result<bool, CommitError> {
        let rows = self
            .run(
                "MATCH (n:Inbox {id: $id}) SET n.lock = 1 WITH n WHERE n.state = 2 \
                 SET n.state = 0, n.attempts = 0, n.due_at = 0, \
                     n.envelope = coalesce($envelope, n.envelope), n.lock = null RETURN 1 AS one",
                json!({"id": id, "envelope": edited.map(to_text)}),
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn drop_parked(&self, id: EventId) -> Result<bool, CommitError> {
        let rows = self
            .run(
                "MATCH (n:Inbox {id: $id}) SET n.lock = 1 WITH n WHERE n.state = 2 \
                 SET n.state = 1, n.envelope = null, n.lock = null RETURN 1 AS one",
                json!({"id": id}),
            )
            .await?;
        Ok(!rows.is_empty())
    }

    async fn settled(&self, correlation: Uuid, kind: &str) -> Result<Settled, CommitError> {
        let rows = self
            .run(
                "MATCH (n:Inbox {correlation: $correlation, kind: $kind}) \
                 RETURN sum(CASE n.state WHEN 1 THEN 1 ELSE 0 END) AS done, \
                        sum(CASE n.state WHEN 2 THEN 1 ELSE 0 END) AS parked",
                json!({"correlation": correlation, "kind": kind}),
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(Settled::default());
        };
        let number = |name| column::<i64>(row, name).map(i64::unsigned_abs);
        Ok(Settled {
            done: number("done")?,
            parked: number("parked")?,
        })
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, CommitError> {
        let rows = self
            .run(
                "MATCH (n:Inbox) WHERE n.state = 1 AND n.due_at < $before \
                 WITH n LIMIT 10000 DELETE n RETURN 1 AS one",
                json!({"before": before.as_microsecond()}),
            )
            .await?;
        Ok(rows.len() as u64)
    }
}
