//! Every node and relationship of a store, read page by page to find those that cannot be.

use async_trait::async_trait;
use serde_json::json;

use super::{Row, Store, column, commit, inbox};
use crate::{
    commit::CommitError,
    neo4j::commit::from_text,
    stored::{Examine, Examined, Place, Unreadable, moment, reason},
};

/// A label or type of relationship of a service, and how the service reads one of its kind.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The label or type.
    pub name: &'static str,
    /// Cypher that finds at most `$limit` of them in the order of a text `row_key`, which must be
    /// larger than `$after`.
    pub find: &'static str,
    /// What is returned of each: `… AS row_key`.
    pub key: &'static str,
    /// And what `read` reads besides.
    pub columns: &'static str,
    /// Reads one as the service does. What it says of its label and key is not needed.
    pub read: fn(&Row) -> Result<(), CommitError>,
}

/// A store with what its service keeps in it, to be examined.
#[derive(Clone)]
pub struct Scan {
    store: Store,
    tables: &'static [Table],
}

impl Scan {
    /// Of `store`; the nodes of the skeleton need not be named.
    #[must_use]
    pub fn new(store: Store, tables: &'static [Table]) -> Self {
        Self { store, tables }
    }
}

#[async_trait]
impl Examine for Scan {
    async fn examine(&self, after: Option<&Place>, limit: u32) -> Result<Examined, CommitError> {
        let tables: Vec<&Table> = OWN.iter().chain(self.tables).collect();
        let wanted = after.map_or(OWN[0].name, |place| &place.table);
        let at = tables.iter().position(|table| table.name == wanted);
        let at = at.ok_or_else(|| CommitError::Internal(anyhow::anyhow!("no table {wanted}")))?;
        let table = tables[at];
        let key = after.and_then(|place| place.key.first());
        let parameters = json!({"after": key.map_or("", String::as_str), "limit": limit});
        let text = format!("{} RETURN {}, {}", table.find, table.key, table.columns);
        let rows = self.store.run(&text, parameters).await?;
        let mut found = Examined {
            rows: rows.len() as u64,
            ..Examined::default()
        };
        let mut last = None;
        for row in &rows {
            let name: String = column(row, "row_key")?;
            if let Err(error) = (table.read)(row) {
                let unreadable = Unreadable::new(table.name, &name, reason(error));
                found.unreadable.push(unreadable);
            }
            last = Some(name);
        }
        found.next = match last.filter(|_| rows.len() >= limit as usize) {
            Some(key) => Some((table, vec![key])),
            None => tables.get(at + 1).map(|next| (*next, Vec::new())),
        }
        .map(|(table, key)| Place {
            table: table.name.to_owned(),
            key,
        });
        Ok(found)
    }
}

/// The nodes of the skeleton itself.
const OWN: &[Table] = &[
    Table {
        name: "Outbox",
        find: "MATCH (n:Outbox) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $limit",
        key: "n.id AS row_key",
        columns: "n.envelope AS envelope, n.recorded_at AS recorded_at, \
                  n.claimed_until AS claimed_until",
        read: |row| {
            let id: String = column(row, "row_key")?;
            from_text("Outbox", &id, &column::<String>(row, "envelope")?)?;
            moment(column(row, "recorded_at")?, ("Outbox", "recorded_at"), &id)?;
            column::<i64>(row, "claimed_until").map(drop)
        },
    },
    Table {
        name: "Inbox",
        find: "MATCH (n:Inbox) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $limit",
        key: "n.id AS row_key",
        columns: "n.id AS id, n.kind AS kind, n.correlation AS correlation, \
                  n.state AS state, n.envelope AS envelope, n.attempts AS attempts, \
                  n.due_at AS due_at, n.reason AS reason",
        read: inbox::examine,
    },
    Table {
        name: "KeptAnswer",
        find: "MATCH (n:KeptAnswer) WITH n, n.account + '/' + n.key AS row_key \
               WHERE row_key > $after WITH n, row_key ORDER BY row_key LIMIT $limit",
        key: "row_key",
        columns: "n.account AS account, n.key AS key, n.fingerprint AS fingerprint, \
                  n.status AS status, n.body AS body, n.at AS at",
        read: |row| commit::answer(row).map(drop),
    },
    Table {
        name: "Lease",
        find: "MATCH (n:Lease) WHERE n.name > $after WITH n ORDER BY n.name LIMIT $limit",
        key: "n.name AS row_key",
        columns: "n.holder AS holder, n.until AS until",
        read: |row| {
            column::<Option<uuid::Uuid>>(row, "holder")?;
            column::<Option<i64>>(row, "until").map(drop)
        },
    },
];
