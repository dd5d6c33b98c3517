//! The writes: many of a kind in one query, versions compared in it, so order never matters.

use std::collections::BTreeMap;

use kith_shared::{
    ids::{AccountId, PersonId},
    open::OpenCircle,
};
use serde_json::{Value, json};
use skeleton_durable::{
    neo4j::{self, Effect},
    stored,
};

use super::{erase, expect, pair_name};
use crate::{
    adapters::store::{
        stored::{
            StoredAliases, StoredBuckets, StoredConnections, StoredEmployments, StoredKeys,
            StoredMembers, StoredVerified,
        },
        stored::{band_to_number, state_to_number},
    },
    domain::records::{Account, Interactions, Person},
    ports::{Note, PublishedBand, Write},
};

/// Rows in one query: requests of a few hundred kilobytes, and locks in reasonable bites.
const ROWS: usize = 2000;

impl neo4j::Write for Write {
    /// Counts of accounts first, which locks them; then what is expected; then states of other
    /// services and bands, many at once; then the rest in its order.
    fn effects(writes: &[Self]) -> Vec<Effect> {
        let mut effects = expect::count(&Self::touched(writes));
        let (mut accounts, mut circles) = (BTreeMap::new(), BTreeMap::new());
        let (mut persons, mut pairs) = (BTreeMap::new(), BTreeMap::new());
        let mut bands = Vec::new();
        let mut rest = Vec::new();
        for write in writes {
            match write {
                Self::ExpectEvidence {
                    owner,
                    since,
                    persons,
                } => effects.extend(expect::evidence(*owner, *since, persons)),
                Self::PutAccount(account) => {
                    newest(&mut accounts, account.id, account, |a| a.version);
                }
                Self::PutCircle(circle) => {
                    newest(&mut circles, circle.circle_id, circle, |c| c.version);
                }
                Self::PutPerson(person) => newest(&mut persons, person.id, person, |p| p.version),
                Self::PutInteractions(pair) => {
                    let key = (pair.owner, pair_name(pair.person, pair.other));
                    newest(&mut pairs, key, pair, |p| p.version);
                }
                Self::PutBand(band) => bands.push(band),
                Self::EraseAccount(_)
                | Self::MarkApplied(..)
                | Self::RaiseAnnotation { .. }
                | Self::ExpectAnnotations(_)
                | Self::ExpectActive(_)
                | Self::AddTag(..)
                | Self::RemoveTag(..)
                | Self::AddNote(..)
                | Self::RemoveNote(_) => rest.extend(single(write)),
            }
        }
        effects.extend(put_accounts(accounts.into_values()));
        effects.extend(put_circles(circles.into_values()));
        effects.extend(put_persons(persons.into_values()));
        effects.extend(put_interactions(pairs));
        effects.extend(put_bands(&bands));
        effects.extend(rest);
        effects
    }
}

/// Keeps the write with the highest version.
fn newest<'w, K: Ord, W>(
    map: &mut BTreeMap<K, &'w W>,
    key: K,
    write: &'w W,
    version: impl Fn(&W) -> i64,
) {
    let kept = map.entry(key).or_insert(write);
    if version(kept) < version(write) {
        *kept = write;
    }
}

/// A query for each bite of `rows`, that may have any effect.
fn each(text: &'static str, rows: Vec<Value>) -> Vec<Effect> {
    let effect = |rows: &[Value]| Effect {
        text,
        parameters: json!({"rows": rows}),
        rows: None,
        what: "",
    };
    rows.chunks(ROWS).map(effect).collect()
}

/// A query for each bite of `rows` that is in conflict unless it returns as many.
pub(super) fn all_of(text: &'static str, rows: Vec<Value>, what: &'static str) -> Vec<Effect> {
    let mut effects = each(text, rows);
    for effect in &mut effects {
        effect.rows = effect.parameters["rows"]
            .as_array()
            .map(|rows| rows.len() as u64);
        effect.what = what;
    }
    effects
}

/// A query that may have any effect.
pub(super) fn one(text: &'static str, parameters: Value) -> Effect {
    Effect {
        text,
        parameters,
        rows: None,
        what: "",
    }
}

/// Every write, by itself: one that is not gathered above is never lost.
fn single(write: &Write) -> Vec<Effect> {
    match write {
        Write::PutAccount(account) => put_accounts(std::iter::once(account)),
        Write::PutCircle(circle) => put_circles(std::iter::once(circle)),
        Write::PutPerson(person) => put_persons(std::iter::once(person)),
        Write::PutInteractions(pair) => {
            let key = (pair.owner, pair_name(pair.person, pair.other));
            put_interactions(BTreeMap::from([(key, pair)]))
        }
        Write::PutBand(band) => put_bands(&[band]),
        Write::ExpectEvidence {
            owner,
            since,
            persons,
        } => expect::evidence(*owner, *since, persons),
        Write::EraseAccount(account) => erase::effects(*account),
        Write::MarkApplied(import, account) => vec![one(
            "MERGE (i:AppliedImport {id: $id}) ON CREATE SET i.account = $account",
            json!({"id": import, "account": account}),
        )],
        Write::RaiseAnnotation {
            person,
            owner,
            version,
        } => raise_annotation(*person, *owner, *version),
        Write::ExpectAnnotations(expected) => expect::annotations(expected),
        Write::ExpectActive(person) => expect::active(*person),
        Write::AddTag(person, owner, tag) => vec![one(
            "MERGE (p:Person {id: $person}) ON CREATE SET p.account = $owner SET p.lock = 1 \
             WITH p, coalesce(p.tags, []) AS tags \
             SET p:Tagged, p.lock = null, \
                 p.tags = CASE WHEN $tag IN tags THEN tags ELSE tags + $tag END",
            json!({"person": person, "owner": owner, "tag": tag}),
        )],
        Write::RemoveTag(person, _, tag) => vec![one(
            "MATCH (p:Person {id: $person}) SET p.lock = 1 \
             WITH p, [tag IN coalesce(p.tags, []) WHERE tag <> $tag] AS tags \
             SET p.tags = CASE WHEN size(tags) > 0 THEN tags END, p.lock = null \
             WITH p WHERE p.tags IS NULL REMOVE p:Tagged",
            json!({"person": person, "tag": tag}),
        )],
        Write::AddNote(person, owner, note) => vec![add_note(*person, *owner, note)],
        Write::RemoveNote(note) => vec![one(
            "MATCH (n:Note {id: $id}) DETACH DELETE n",
            json!({"id": note}),
        )],
    }
}

fn put_accounts<'w>(accounts: impl Iterator<Item = &'w Account>) -> Vec<Effect> {
    let row = |account: &Account| {
        json!({
            "id": account.id, "version": account.version,
            "display_name": account.display_name, "verified": stored::write(&StoredVerified(account.verified.clone())),
        })
    };
    each(
        "UNWIND $rows AS row MATCH (a:Account {id: row.id}) \
         WHERE coalesce(a.version, 0) < row.version AND NOT coalesce(a.erased, false) \
         SET a.version = row.version, a.display_name = row.display_name, \
             a.verified = row.verified, a.account_at = a.changes",
        accounts.map(row).collect(),
    )
}

fn put_circles<'w>(circles: impl Iterator<Item = &'w OpenCircle>) -> Vec<Effect> {
    let row = |circle: &OpenCircle| {
        let mut members: Vec<AccountId> = circle.members.iter().map(|m| m.account_id).collect();
        members.sort_unstable();
        json!({
            "id": circle.circle_id, "version": circle.version, "name": circle.name,
            "members": stored::write(&StoredMembers(circle.members.clone())), "accounts": members,
        })
    };
    each(
        "UNWIND $rows AS row MERGE (c:Circle {id: row.id}) SET c.lock = 1 \
         WITH c, row SET c.lock = null WITH c, row WHERE coalesce(c.version, 0) < row.version \
         SET c.version = row.version, c.name = row.name, c.members = row.members \
         WITH c, row OPTIONAL MATCH (:Account)-[m:MEMBER_OF]->(c) DELETE m \
         WITH DISTINCT c, row UNWIND row.accounts AS id \
         MERGE (a:Account {id: id}) MERGE (a)-[:MEMBER_OF]->(c)",
        circles.map(row).collect(),
    )
}

fn put_persons<'w>(persons: impl Iterator<Item = &'w Person>) -> Vec<Effect> {
    let row = |person: &Person| {
        let (state, into) = state_to_number(person.state);
        json!({
            "id": person.id, "account": person.owner, "version": person.version, "state": state,
            "into": into, "display_name": person.display_name,
            "employments": stored::write(&StoredEmployments::of(&person.employments)),
            "keys": stored::write(&StoredKeys(person.keys.clone())),
            "connections": stored::write(&StoredConnections::of(&person.connections)),
            "aliases": stored::write(&StoredAliases(person.aliases.clone())),
        })
    };
    each(
        "UNWIND $rows AS row MATCH (a:Account {id: row.account}) \
         MERGE (p:Person {id: row.id}) \
         WITH a, p, row WHERE coalesce(p.version, 0) < row.version \
         SET p.account = row.account, p.version = row.version, p.state = row.state, \
             p.display_name = row.display_name, p.employments = row.employments, \
             p.keys = row.keys, p.connections = row.connections, p.aliases = row.aliases, \
             p.changed = a.changes \
         WITH p, row OPTIONAL MATCH (p)-[m:MERGED_INTO]->() DELETE m \
         WITH p, row WHERE row.into IS NOT NULL \
         MERGE (q:Person {id: row.into}) ON CREATE SET q.account = row.account \
         MERGE (p)-[:MERGED_INTO]->(q)",
        persons.map(row).collect(),
    )
}

/// Those with the owner and those between persons lead to different nodes.
fn put_interactions(pairs: BTreeMap<(AccountId, String), &Interactions>) -> Vec<Effect> {
    let (mut with_owner, mut between) = (Vec::new(), Vec::new());
    for ((owner, pair), interactions) in pairs {
        let row = json!({
            "account": owner, "pair": pair, "person": interactions.person,
            "other": interactions.other, "version": interactions.version,
            "buckets": stored::write(&StoredBuckets::of(&interactions.buckets)),
        });
        match interactions.other {
            None => with_owner.push(row),
            Some(_) => between.push(row),
        }
    }
    let mut effects = each(
        "UNWIND $rows AS row MATCH (a:Account {id: row.account}) \
         MERGE (p:Person {id: row.person}) ON CREATE SET p.account = row.account \
         MERGE (p)-[i:INTERACTED {account: row.account, pair: row.pair}]->(a) \
         WITH a, i, row WHERE coalesce(i.version, 0) < row.version \
         SET i.version = row.version, i.buckets = row.buckets, i.changed = a.changes",
        with_owner,
    );
    effects.extend(each(
        "UNWIND $rows AS row MATCH (a:Account {id: row.account}) \
         MERGE (p:Person {id: row.person}) ON CREATE SET p.account = row.account \
         MERGE (q:Person {id: row.other}) ON CREATE SET q.account = row.account \
         MERGE (p)-[i:INTERACTED {account: row.account, pair: row.pair}]->(q) \
         WITH a, i, row WHERE coalesce(i.version, 0) < row.version \
         SET i.version = row.version, i.buckets = row.buckets, i.changed = a.changes",
        between,
    ));
    effects
}

fn put_bands(bands: &[&PublishedBand]) -> Vec<Effect> {
    let row = |band: &&PublishedBand| {
        json!({
            "person": band.person, "account": band.owner, "version": band.version,
            "band": band_to_number(band.band),
        })
    };
    all_of(
        "UNWIND $rows AS row MERGE (p:Person {id: row.person}) \
         ON CREATE SET p.account = row.account SET p.lock = 1 \
         WITH p, row WHERE coalesce(p.band_version, row.version - 1) = row.version - 1 \
         SET p.band = row.band, p.band_version = row.version, p.lock = null RETURN 1 AS one",
        bands.iter().map(row).collect(),
        "a band was published in the meantime",
    )
}

fn raise_annotation(person: PersonId, owner: AccountId, version: i64) -> Vec<Effect> {
    all_of(
        "UNWIND $rows AS row MERGE (p:Person {id: row.person}) \
         ON CREATE SET p.account = row.account SET p.lock = 1 \
         WITH p, row WHERE coalesce(p.annotation, row.version - 1) = row.version - 1 \
         SET p.annotation = row.version, p.lock = null RETURN 1 AS one",
        vec![json!({"person": person, "account": owner, "version": version})],
        "what is written on the person was changed in the meantime",
    )
}

fn add_note(person: PersonId, owner: AccountId, note: &Note) -> Effect {
    one(
        "MERGE (p:Person {id: $person}) ON CREATE SET p.account = $owner \
         CREATE (p)-[:NOTED]->(:Note {id: $id, text: $text, created_at: $created_at})",
        json!({
            "person": person, "owner": owner, "id": note.id, "text": note.text,
            "created_at": note.created_at.as_microsecond(),
        }),
    )
}
