//! Reading and writing many documents at once, each guarded by the place in the index's history
//! (`_seq_no`, `_primary_term`) at which it was read.

use std::collections::BTreeMap;

use kith_shared::ids::PersonId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Cause, Client, Failure};
use crate::{adapters::store::stored::StoredDocument, domain::document::Document};

/// Most documents of one request.
pub(super) const AT_ONCE: usize = 500;
/// A request is sent when it has grown beyond this.
const BYTES: usize = 4 << 20;

/// The state of a document that a write builds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    seq_no: i64,
    primary_term: i64,
}

/// A document as it is in the index, and where in the index's history.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) document: Document,
    pub(super) generation: u32,
    pub(super) place: Place,
}

/// One write.
pub(super) enum Write {
    /// The new state, built on another, or where there was none.
    Put {
        id: PersonId,
        fields: Value,
        on: Option<Place>,
    },
    Delete {
        id: PersonId,
        on: Place,
    },
}

#[derive(Deserialize)]
struct Fetched {
    docs: Vec<FetchedOne>,
}

#[derive(Deserialize)]
struct FetchedOne {
    #[serde(default)]
    found: bool,
    #[serde(rename = "_source")]
    source: Option<Source>,
    #[serde(rename = "_seq_no", default)]
    seq_no: i64,
    #[serde(rename = "_primary_term", default)]
    primary_term: i64,
    error: Option<Cause>,
}

/// What is read of a document.
#[derive(Deserialize)]
pub(super) struct Source {
    pub(super) document: StoredDocument,
    #[serde(default)]
    pub(super) generation: u32,
}

/// The documents of these ids as they are now, seen by queries or not.
pub(super) async fn fetch(
    client: &Client,
    name: &str,
    ids: impl IntoIterator<Item = PersonId>,
) -> Result<BTreeMap<PersonId, Held>, Failure> {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    let path = format!("{name}/_mget?_source_includes=document,generation");
    let fetched: Fetched = client.post(&path, json!({"ids": ids}).to_string()).await?;
    let mut held = BTreeMap::new();
    for one in fetched.docs {
        if let Some(cause) = one.error {
            let status = status_of(&cause);
            return Err(cause.failure(status));
        }
        if let Some(source) = one.source.filter(|_| one.found) {
            let place = Place {
                seq_no: one.seq_no,
                primary_term: one.primary_term,
            };
            let here = Held {
                generation: source.generation,
                document: source.document.into(),
                place,
            };
            held.insert(here.document.id, here);
        }
    }
    Ok(held)
}

/// Errors of single documents of a read carry no status.
fn status_of(cause: &Cause) -> u16 {
    if cause.kind == "index_not_found_exception" {
        404
    } else {
        503
    }
}

#[derive(Deserialize)]
struct Answer {
    items: Vec<BTreeMap<String, Item>>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "_id")]
    id: PersonId,
    status: u16,
    error: Option<Cause>,
}

/// Writes to the index behind an alias; those whose place was not theirs any more, because another
/// wrote meanwhile.
pub(super) async fn write(
    client: &Client,
    alias: &str,
    writes: Vec<Write>,
) -> Result<Vec<PersonId>, Failure> {
    let mut conflicts = Vec::new();
    let mut body = String::new();
    let mut writes = writes.into_iter().peekable();
    while let Some(write) = writes.next() {
        push(&mut body, alias, &write);
        if body.len() >= BYTES || writes.peek().is_none() {
            conflicts.extend(send(client, std::mem::take(&mut body)).await?);
        }
    }
    Ok(conflicts)
}

fn push(body: &mut String, alias: &str, write: &Write) {
    let target = |id: &PersonId, on: Option<&Place>| {
        let mut target = json!({"_index": alias, "_id": id});
        if let Some(place) = on {
            target["if_seq_no"] = json!(place.seq_no);
            target["if_primary_term"] = json!(place.primary_term);
        }
        target
    };
    let lines = match write {
        Write::Put { id, fields, on } => {
            let verb = if on.is_some() { "index" } else { "create" };
            let action = json!({verb: target(id, on.as_ref())});
            format!("{action}\n{fields}\n")
        }
        Write::Delete { id, on } => format!("{}\n", json!({"delete": target(id, Some(on))})),
    };
    body.push_str(&lines);
}

async fn send(client: &Client, body: String) -> Result<Vec<PersonId>, Failure> {
    let answer: Answer = client
        .post("_bulk?require_alias=true&filter_path=items.*._id,items.*.status,items.*.error.type,items.*.error.reason", body)
        .await?;
    let mut conflicts = Vec::new();
    for item in answer.items.into_iter().flat_map(BTreeMap::into_values) {
        match (item.status, item.error) {
            (..400, _) => {}
            // It was there, or is not there any more, or is another: all alike.
            (409, _) => conflicts.push(item.id),
            // A delete of what is gone.
            (404, None) => {}
            (status, error) => {
                let cause = error.unwrap_or(Cause {
                    kind: "unknown".to_owned(),
                    reason: None,
                });
                return Err(cause.failure(status));
            }
        }
    }
    Ok(conflicts)
}
