//! Queries in Elasticsearch's terms. Scores are constants that add up to the points of the domain.

use kith_shared::ids::PersonId;
use serde_json::{Value, json};

use crate::domain::{
    query::{ELSEWHERE, Grant, IN_NAME, Marks, Points, Query, Scope},
    words::typos,
};

/// Those granted with a name whose words match, scored. The rest is [`without_name`]: they are
/// asked for apart, because they are sorted by another field.
pub(super) fn with_name(query: &Query) -> Option<Value> {
    let scopes = [Scope::Own, Scope::Name]
        .into_iter()
        .filter_map(|scope| in_scope(query, scope))
        .collect();
    some(scopes).map(best)
}

/// Those granted without a name, and not with one, whose words match, scored. An index of a shape
/// that does not know where they stand has none of them.
pub(super) fn without_name(query: &Query) -> Option<Value> {
    let matching = in_scope(query, Scope::Organisation)?;
    let mut clauses = json!({
        "must": [matching],
        "filter": [{"exists": {"field": "nameless"}}],
    });
    let named: Vec<Value> = [Scope::Own, Scope::Name]
        .into_iter()
        .filter_map(|scope| granted(&query.grants, scope))
        .collect();
    if !named.is_empty() {
        clauses["must_not"] = json!(named);
    }
    Some(json!({"bool": clauses}))
}

/// One person, if it is granted in a scope.
pub(super) fn granted_person(id: PersonId, grants: &[Grant], scope: Scope) -> Option<Value> {
    let granted = granted(grants, scope)?;
    let person = json!({"ids": {"values": [id]}});
    Some(json!({"bool": {"filter": [person, granted]}}))
}

fn in_scope(query: &Query, scope: Scope) -> Option<Value> {
    let granted = granted(&query.grants, scope)?;
    let bonus = f64::from(scope.quarters()) / 4.0;
    let searched: &[(&str, Points)] = match scope {
        Scope::Own => &[("own_name", IN_NAME), ("own", ELSEWHERE)],
        Scope::Name => &[("name", IN_NAME), ("work", ELSEWHERE)],
        Scope::Organisation => &[("work", ELSEWHERE)],
    };
    let mut all = vec![constant(&granted, bonus)];
    all.extend(query.words.iter().map(|text| word(text, searched)));
    Some(json!({"bool": {"must": all}}))
}

fn some(queries: Vec<Value>) -> Option<Vec<Value>> {
    (!queries.is_empty()).then_some(queries)
}

/// Those granted in any scope, at an organisation whose words match; not scored.
pub(super) fn organisations(words: &[String], grants: &[Grant]) -> Value {
    let granted: Vec<Value> = Scope::ALL
        .into_iter()
        .filter_map(|scope| granted(grants, scope))
        .collect();
    let searched = [("organisation_words", ELSEWHERE)];
    let mut all = vec![any(granted)];
    all.extend(words.iter().map(|text| word(text, &searched)));
    json!({"bool": {"filter": all}})
}

/// One word in some fields: the best way in which it matches counts.
fn word(text: &str, searched: &[(&str, Points)]) -> Value {
    let mut ways = Vec::new();
    for (field, points) in searched {
        let begin = format!("{field}.begin");
        let mut way = |query: Value, points: u32| ways.push(constant(&query, f64::from(points)));
        way(json!({"term": {*field: text}}), points.whole);
        way(json!({"term": {&begin: text}}), points.prefix);
        if typos(text) > 0 {
            let almost = json!({
                "value": text,
                "fuzziness": typos(text),
                "transpositions": true,
                // All of them, however many: the result must not depend on which came first.
                "rewrite": "constant_score",
            });
            way(json!({"fuzzy": {&begin: almost}}), points.typo);
        }
    }
    best(ways)
}

/// The people of all books that are granted in `scope`.
fn granted(grants: &[Grant], scope: Scope) -> Option<Value> {
    let book = match scope {
        Scope::Own | Scope::Name => "book",
        Scope::Organisation => "staff",
    };
    let of_scope = || grants.iter().filter(|grant| grant.scope == scope);
    let plain = |grant: &&Grant| grant.except.is_empty() && grant.only.is_none();
    let whole: Vec<String> = of_scope()
        .filter(plain)
        .map(|grant| grant.account.to_string())
        .collect();
    let mut books = Vec::new();
    if !whole.is_empty() {
        books.push(json!({"terms": {book: whole}}));
    }
    books.extend(of_scope().filter(|grant| !plain(grant)).map(|grant| {
        let mut filter = vec![json!({"term": {book: grant.account.to_string()}})];
        filter.extend(grant.only.as_ref().map(marked));
        let mut clauses = json!({"filter": filter});
        if !grant.except.is_empty() {
            clauses["must_not"] = marked(&grant.except);
        }
        json!({"bool": clauses})
    }));
    (!books.is_empty()).then(|| any(books))
}

fn marked(marks: &Marks) -> Value {
    let ids: Vec<String> = marks.persons.iter().map(ToString::to_string).collect();
    any(vec![
        json!({"terms": {"ids": ids}}),
        json!({"terms": {"tag": marks.tags}}),
    ])
}

fn constant(filter: &Value, score: f64) -> Value {
    json!({"constant_score": {"filter": filter, "boost": score}})
}

/// Of none of them: nothing. An empty `should` would mean everything.
fn any(mut queries: Vec<Value>) -> Value {
    match queries.len() {
        0 => json!({"match_none": {}}),
        1 => queries.remove(0),
        _ => json!({"bool": {"should": queries, "minimum_should_match": 1}}),
    }
}

fn best(mut ways: Vec<Value>) -> Value {
    match ways.len() {
        0 => json!({"match_none": {}}),
        1 => ways.remove(0),
        _ => json!({"dis_max": {"queries": ways}}),
    }
}
