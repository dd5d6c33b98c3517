//! Removes an account's data and leaves a tombstone: its id and its count.

use kith_shared::ids::AccountId;
use serde_json::json;
use skeleton_durable::neo4j::Effect;

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
