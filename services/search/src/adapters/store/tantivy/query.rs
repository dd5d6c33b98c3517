//! Queries in Tantivy's terms. Scores are constants that add up to the points of the domain.

use ::tantivy::{
    Score, Term,
    query::{
        BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, FuzzyTermQuery, Occur,
        Query as TantivyQuery, TermQuery, TermSetQuery,
    },
    schema::{Field, IndexRecordOption},
};

use kith_shared::ids::PersonId;

use super::{schema::Fields, term};
use crate::domain::{
    query::{ELSEWHERE, Grant, IN_NAME, Marks, Points, Query, Scope},
    words::typos,
};

type Boxed = Box<dyn TantivyQuery>;

/// Those granted whose words match, scored.
pub(super) fn people(fields: &Fields, query: &Query) -> Boxed {
    let scopes = Scope::ALL
        .into_iter()
        .filter_map(|scope| {
            let granted = granted(fields, &query.grants, scope)?;
            let bonus = scope.quarters() as Score / 4.0;
            let mut all: Vec<Boxed> = vec![Box::new(ConstScoreQuery::new(granted, bonus))];
            let searched = match scope {
                Scope::Own => vec![(fields.own_name, IN_NAME), (fields.own, ELSEWHERE)],
                Scope::Name => vec![(fields.name, IN_NAME), (fields.work, ELSEWHERE)],
                Scope::Organisation => vec![(fields.work, ELSEWHERE)],
            };
            all.extend(query.words.iter().map(|text| word(text, &searched)));
            Some(intersection(all))
        })
        .collect();
    best(scopes)
}

/// One person, if it is granted in a scope.
pub(super) fn granted_person(
    fields: &Fields,
    id: PersonId,
    grants: &[Grant],
    scope: Scope,
) -> Option<Boxed> {
    let granted = granted(fields, grants, scope)?;
    Some(intersection(vec![exactly(fields.id_term(id)), granted]))
}

/// Those granted in any scope, at an organisation whose words match; not scored.
pub(super) fn organisations(fields: &Fields, words: &[String], grants: &[Grant]) -> Boxed {
    let granted = Scope::ALL
        .into_iter()
        .filter_map(|scope| granted(fields, grants, scope))
        .collect();
    let mut all: Vec<Boxed> = vec![Box::new(BooleanQuery::union(granted))];
    let searched = [(fields.organisation_words, ELSEWHERE)];
    all.extend(words.iter().map(|text| word(text, &searched)));
    intersection(all)
}

/// One word in some fields: the best way in which it matches counts.
fn word(text: &str, searched: &[(Field, Points)]) -> Boxed {
    let mut ways: Vec<Boxed> = Vec::new();
    for (field, points) in searched {
        let term = term(*field, text);
        let mut way = |query: Boxed, points: u32| {
            ways.push(Box::new(ConstScoreQuery::new(query, points as Score)));
        };
        way(exactly(term.clone()), points.whole);
        way(
            Box::new(FuzzyTermQuery::new_prefix(term.clone(), 0, true)),
            points.prefix,
        );
        if typos(text) > 0 {
            way(
                Box::new(FuzzyTermQuery::new_prefix(term, typos(text), true)),
                points.typo,
            );
        }
    }
    best(ways)
}

/// The people of all books that are granted in `scope`.
fn granted(fields: &Fields, grants: &[Grant], scope: Scope) -> Option<Boxed> {
    let book = match scope {
        Scope::Own | Scope::Name => fields.book,
        Scope::Organisation => fields.staff,
    };
    let books: Vec<Boxed> = grants
        .iter()
        .filter(|grant| grant.scope == scope)
        .map(|grant| {
            let account = exactly(term(book, &grant.account.to_string()));
            if grant.except.is_empty() && grant.only.is_none() {
                return account;
            }
            let mut clauses = vec![(Occur::Must, account)];
            if !grant.except.is_empty() {
                clauses.push((Occur::MustNot, marked(fields, &grant.except)));
            }
            if let Some(only) = &grant.only {
                clauses.push((Occur::Must, marked(fields, only)));
            }
            Box::new(BooleanQuery::new(clauses)) as Boxed
        })
        .collect();
    match books.len() {
        0 => None,
        1 => books.into_iter().next(),
        _ => Some(Box::new(BooleanQuery::union(books))),
    }
}

fn marked(fields: &Fields, marks: &Marks) -> Boxed {
    let ids = marks
        .persons
        .iter()
        .map(|id| term(fields.ids, &id.to_string()));
    let tags = marks.tags.iter().map(|tag| term(fields.tag, tag));
    Box::new(TermSetQuery::new(ids.chain(tags)))
}

fn exactly(term: Term) -> Boxed {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn intersection(mut all: Vec<Boxed>) -> Boxed {
    match all.len() {
        1 => all.remove(0),
        _ => Box::new(BooleanQuery::intersection(all)),
    }
}

fn best(mut ways: Vec<Boxed>) -> Boxed {
    match ways.len() {
        0 => Box::new(EmptyQuery),
        1 => ways.remove(0),
        _ => Box::new(DisjunctionMaxQuery::new(ways)),
    }
}
