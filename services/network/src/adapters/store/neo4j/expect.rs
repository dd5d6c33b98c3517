//! Counting, and what must be as it was expected.

use std::collections::BTreeMap;

use kith_shared::ids::{AccountId, PersonId};
use serde_json::json;
use skeleton_durable::neo4j::Effect;

use super::{pair_name, writes::all_of};
use crate::{adapters::store::stored::ACTIVE, ports::Touch};

/// Counts up, in the order of ids, so that two writers wait for instead of block each other; from
/// here to the end of the transaction nobody else writes to these accounts.
pub(super) fn count(touched: &BTreeMap<AccountId, Touch>) -> Vec<Effect> {
    let row = |(account, touch): (&AccountId, &Touch)| json!({"id": account, "adds": touch.adds, "tags": touch.tags});
    all_of(
        "UNWIND $rows AS row MERGE (a:Account {id: row.id}) SET a.lock = 1 \
         WITH a, row SET a.changes = coalesce(a.changes, 0) + 1, a.lock = null \
         WITH a, row WHERE NOT (row.adds AND coalesce(a.erased, false)) \
         SET a.tags_at = CASE WHEN row.tags THEN a.changes ELSE a.tags_at END RETURN 1 AS one",
        touched.iter().map(row).collect(),
        "the account was erased in the meantime",
    )
}

pub(super) fn evidence(owner: AccountId, since: i64, persons: &[PersonId]) -> Vec<Effect> {
    let row = |person: &PersonId| {
        json!({
            "id": person, "account": owner, "pair": pair_name(*person, None), "since": since,
        })
    };
    all_of(
        "UNWIND $rows AS row OPTIONAL MATCH (p:Person {id: row.id}) \
         OPTIONAL MATCH ()-[i:INTERACTED {account: row.account, pair: row.pair}]->() \
         WITH row, p WHERE coalesce(p.changed, 0) <= row.since \
             AND coalesce(i.changed, 0) <= row.since \
             AND NOT EXISTS { MATCH (p)<-[:MERGED_INTO]-(q) WHERE q.changed > row.since } \
         RETURN 1 AS one",
        persons.iter().map(row).collect(),
        "a person was changed in the meantime",
    )
}

pub(super) fn annotations(expected: &[(PersonId, i64)]) -> Vec<Effect> {
    let row = |(person, version): &(PersonId, i64)| json!({"id": person, "version": version});
    all_of(
        "UNWIND $rows AS row OPTIONAL MATCH (p:Person {id: row.id}) SET p.lock = 1 \
         WITH p, row WHERE coalesce(p.annotation, 0) = row.version \
         SET p.lock = null RETURN 1 AS one",
        expected.iter().map(row).collect(),
        "what is written on a person was changed in the meantime",
    )
}

/// Takes the node, so that nobody merges the person before this is committed.
pub(super) fn active(person: PersonId) -> Vec<Effect> {
    all_of(
        "UNWIND $rows AS row MATCH (p:Person {id: row.id}) SET p.lock = 1 \
         WITH p, row WHERE p.state = row.state SET p.lock = null RETURN 1 AS one",
        vec![json!({"id": person, "state": ACTIVE})],
        "the person was merged in the meantime",
    )
}
