//! What is withheld has no say in an answer: not in who is found, not in the order, not in where a
//! page may begin.

use kith_shared::{
    events::ingest::PersonState,
    ids::{AccountId, PersonId},
    open::Open,
};

use super::{change, own, person, tie};
use crate::{
    domain::{
        document::{Annotation, Change, Later, Part, Person},
        query::{After, Grant, Marks, Query, Scope, place_without_name},
        words::query_words,
    },
    ports::{Index, IndexError},
};

pub(super) fn shown_in(account: AccountId, scope: Scope) -> Grant {
    Grant {
        scope,
        ..own(account)
    }
}

fn everybody_of(grants: Vec<Grant>) -> Query {
    Query {
        words: Vec::new(),
        grants,
        after: None,
        limit: 100,
    }
}

fn employed(version: i64, name: &str) -> Part {
    match person(version, name) {
        Part::Person(person) => Part::Person(Person {
            employments: vec![("Acme".to_owned(), Some("Engineer".to_owned()))],
            ..person
        }),
        other => other,
    }
}

async fn ids(index: &dyn Index, query: &Query) -> Vec<PersonId> {
    let found = index.people(query).await.unwrap();
    assert_eq!(found.total, found.hits.len() as u64);
    found.hits.iter().map(|hit| hit.document.id).collect()
}

/// All ids, page by page.
async fn paged(index: &dyn Index, mut query: Query, limit: usize) -> Vec<PersonId> {
    query.limit = limit;
    let mut all = Vec::new();
    loop {
        let found = index.people(&query).await.unwrap();
        let Some(last) = found.hits.last() else {
            return all;
        };
        query.after = Some(After {
            quarters: last.quarters,
            id: last.document.id,
        });
        all.extend(found.hits.iter().map(|hit| hit.document.id));
    }
}

pub(super) async fn people_without_a_name_are_ordered_by_nothing_secret(index: &dyn Index) {
    let account = AccountId::generate();
    // Added in the order of their names, as from a sorted file.
    let people: Vec<PersonId> = (0..24).map(|_| PersonId::generate()).collect();
    let named = |version, name: &dyn Fn(usize) -> String| -> Vec<Change> {
        let all = people.iter().enumerate();
        all.map(|(n, id)| change(*id, account, employed(version, &name(n))))
            .collect()
    };
    index
        .apply(named(1, &|n| format!("Name {n:02}")))
        .await
        .unwrap();
    let query = everybody_of(vec![shown_in(account, Scope::Organisation)]);
    let mut wanted = people.clone();
    wanted.sort_by_key(|id| place_without_name(*id));
    assert_ne!(wanted, people);
    assert_eq!(ids(index, &query).await, wanted);
    // Renamed one after another, the other way round: nobody moves.
    for change in named(2, &|n| format!("Name {:02}", 24 - n)) {
        index.apply(vec![change]).await.unwrap();
    }
    assert_eq!(ids(index, &query).await, wanted);
    for limit in [1, 5, 24] {
        assert_eq!(paged(index, query.clone(), limit).await, wanted, "{limit}");
    }
    // Who sees the names sees them in order.
    let named = everybody_of(vec![shown_in(account, Scope::Name)]);
    let mut by_name = people.clone();
    by_name.reverse();
    assert_eq!(ids(index, &named).await, by_name);
}

/// Some with a name, some without, of several books and warmths: none is left out or found twice.
pub(super) async fn pages_go_through_people_with_and_without_a_name(index: &dyn Index) {
    let [mine, open, closed]: [AccountId; 3] = std::array::from_fn(|_| AccountId::generate());
    let mut changes = Vec::new();
    for n in 0..60 {
        let (id, account) = (PersonId::generate(), [mine, open, closed][n % 3]);
        changes.push(change(id, account, employed(1, &format!("Person {n}"))));
        changes.push(change(id, account, tie(n as i64 % 4 + 1)));
    }
    index.apply(changes).await.unwrap();
    let mut only_some = shown_in(closed, Scope::Name);
    let of_closed = everybody_of(vec![shown_in(closed, Scope::Organisation)]);
    let first: Vec<PersonId> = ids(index, &of_closed).await.split_off(15);
    only_some.only = Some(Marks {
        persons: first,
        tags: Vec::new(),
    });
    let mut query = everybody_of(vec![
        own(mine),
        shown_in(open, Scope::Name),
        // A name for everybody is an organisation for everybody as well.
        shown_in(open, Scope::Organisation),
        only_some,
        shown_in(closed, Scope::Organisation),
    ]);
    for words in ["", "acme"] {
        query.words = query_words(words);
        let whole = ids(index, &query).await;
        assert_eq!(whole.len(), 60, "{words}");
        for limit in [1, 7, 20, 59] {
            assert_eq!(paged(index, query.clone(), limit).await, whole, "{limit}");
        }
    }
}

pub(super) async fn a_cursor_of_a_person_not_granted_is_refused(index: &dyn Index) {
    let [asker, owner, foreign]: [AccountId; 3] = std::array::from_fn(|_| AccountId::generate());
    let [seen, hidden, elsewhere, removed, nobody]: [PersonId; 5] =
        std::array::from_fn(|_| PersonId::generate());
    let gone = match person(2, "") {
        Part::Person(person) => Part::Person(Person {
            state: Open::Known(PersonState::Removed),
            ..person
        }),
        other => other,
    };
    index
        .apply(vec![
            change(seen, owner, employed(1, "Ada")),
            change(hidden, owner, employed(1, "Bea")),
            change(elsewhere, foreign, employed(1, "Cleo")),
            change(removed, owner, employed(1, "Dora")),
            change(removed, owner, gone),
        ])
        .await
        .unwrap();
    for scope in Scope::ALL {
        let mut grant = shown_in(owner, scope);
        grant.except.persons = vec![hidden];
        let mut query = everybody_of(vec![own(asker), grant]);
        // In every scope but the one in which it is granted, the person is as good as missing: its
        // place among names would tell its name to who may only know its organisation.
        for claimed in Scope::ALL {
            for id in [seen, hidden, elsewhere, removed, nobody] {
                let quarters = claimed.quarters();
                query.after = Some(After { quarters, id });
                let answer = index.people(&query).await;
                if id == seen && claimed == scope {
                    assert!(answer.is_ok(), "{scope:?}: {answer:?}");
                } else {
                    let gone = matches!(answer, Err(IndexError::CursorGone));
                    assert!(gone, "{scope:?} {claimed:?} {id}: {answer:?}");
                }
            }
        }
        query.after = Some(After {
            quarters: 4,
            id: seen,
        });
        let answer = index.people(&query).await;
        assert!(matches!(answer, Err(IndexError::CursorGone)), "{answer:?}");
    }
}

pub(super) async fn nobody_is_found_by_what_is_withheld(index: &dyn Index) {
    let account = AccountId::generate();
    let id = PersonId::generate();
    let all = Person {
        version: 1,
        state: Open::Known(PersonState::Active),
        display_name: "Zebediah Quartermaine".to_owned(),
        other_names: vec!["Quincy".to_owned()],
        emails: vec!["boss@opal.example.org".to_owned()],
        phones: vec!["+44 20 7946 0958".to_owned()],
        employments: vec![
            ("Acme".to_owned(), Some("Engineer".to_owned())),
            ("Formerly Limited".to_owned(), Some("Clerk".to_owned())),
        ],
        labels: vec!["golf".to_owned()],
        aliases: Vec::new(),
        later: Later::new(),
    };
    let written = Annotation {
        version: 1,
        tags: vec!["sailing".to_owned()],
        notes: vec!["met in Reykjavik".to_owned()],
        later: Later::new(),
    };
    index
        .apply(vec![
            change(id, account, Part::Person(all)),
            change(id, account, Part::Annotation(written)),
        ])
        .await
        .unwrap();
    let with_a_typo = ["zebadiah", "quartermane", "quinci", "saling", "reykjavic"];
    let names = ["zebediah", "z", "quarter", "zebediah quartermaine"];
    let others = [
        "quincy",
        "boss@opal",
        "opal",
        "0207946",
        "golf",
        "sailing",
        "reykjavik",
        "formerly",
        "clerk",
    ];
    for text in names.iter().chain(&others).chain(&with_a_typo) {
        for scope in Scope::ALL {
            let mut query = everybody_of(vec![shown_in(account, scope)]);
            query.words = query_words(text);
            let found = index.people(&query).await.unwrap();
            let by_name = *text == "z" || text.starts_with("zeb") || text.starts_with("quarter");
            let wanted = match scope {
                Scope::Organisation => false,
                Scope::Name => by_name,
                Scope::Own => true,
            };
            assert_eq!(found.total, u64::from(wanted), "{text} {scope:?}");
            assert_eq!(found.hits.len(), usize::from(wanted), "{text} {scope:?}");
        }
    }
    let organisations = [shown_in(account, Scope::Organisation)];
    let former = query_words("formerly");
    let counted = index.organisations(&former, &organisations).await.unwrap();
    assert!(counted.is_empty(), "{counted:?}");
}
