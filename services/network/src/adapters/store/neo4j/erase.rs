//! Removes an account's data and leaves a tombstone: its id and its count.

use kith_shared::ids::AccountId;
use serde_json::json;
use skeleton_durable::{
    commit::CommitError,
    neo4j::{Effect, Store},
};

use super::writes::one;

/// Everything that is an account's. It was counted, so its node is there and locked.
const QUERIES: &[&str] = &[
    // Named by id too, so that the index of books serves.
    "MATCH (p:Person) WHERE p.account = $id AND p.id > '' MATCH (p)-[:NOTED]->(n:Note) \
     DETACH DELETE n",
    "MATCH (p:Person) WHERE p.account = $id AND p.id > '' DETACH DELETE p",
    "MATCH (i:AppliedImport {account: $id}) DELETE i",
    "MATCH (k:KeptAnswer {account: $id}) WHERE k.key IS NOT NULL DELETE k",
    "MATCH (:Account {id: $id})-[m:MEMBER_OF]->() DELETE m",
    "MATCH (a:Account {id: $id}) SET a = {id: a.id, erased: true, changes: a.changes, \
     account_at: a.changes, tags_at: a.changes}",
];

pub(super) fn effects(account: AccountId) -> Vec<Effect> {
    let query = |text: &&'static str| one(text, json!({"id": account}));
    QUERIES.iter().map(query).collect()
}

/// People removed at once. A transaction is held in memory: one of 25,000 people with 325,000 pairs
/// was more than the 358 MiB that a server with a heap of 512 MiB allows.
const SOME: usize = 500;

/// Removes some people with all that hangs on them; whether there may be more. Waits for writers of
/// the account, and they for it, so that nothing is hung on a node that goes.
pub(super) async fn some(store: &Store, account: AccountId) -> Result<bool, CommitError> {
    let text = "MATCH (a:Account {id: $id}) SET a.lock = 1 SET a.lock = null WITH a \
                MATCH (p:Person) WHERE p.account = $id AND p.id > '' WITH p LIMIT $limit \
                OPTIONAL MATCH (p)-[:NOTED]->(n:Note) DETACH DELETE p, n RETURN 1 AS one";
    let rows = store
        .run(text, json!({"id": account, "limit": SOME}))
        .await?;
    Ok(rows.len() >= SOME)
}
