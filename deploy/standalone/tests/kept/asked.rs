//! What is asked of a folder, and how two answers are compared.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Creation, ask, said};
use crate::running::Session;

/// People whose pages are looked at: so many of the oldest, and as many of the newest.
const PEOPLE: usize = 12;
/// Most paths that are answered. Where there are more, which they are hangs on strengths.
const PATHS: usize = 20;

/// What hangs on the day on which it is asked, wherever it stands.
pub(crate) const LEFT_OUT: [(&str, &str); 7] = [
    ("strength", "a tie fades with time"),
    ("band", "a tie fades with time"),
    ("score", "is made of strengths"),
    ("summary", "says how long ago something was"),
    ("x", "a picture of strengths"),
    ("y", "a picture of strengths"),
    ("last_seen_at", "using a session writes it down"),
];

/// Everything that an account is shown, by path.
pub(crate) async fn answers(session: &Session<'_>) -> BTreeMap<String, Value> {
    let mut answers = BTreeMap::new();
    for path in ["/me", "/preferences", "/notifications?limit=200"] {
        answers.insert(path.to_owned(), session.get(path).await);
    }
    for path in ["/sessions?", "/circles?", "/invitations?", "/imports?"] {
        list(session, path.to_owned(), &mut answers).await;
    }
    list(session, "/organisations?".to_owned(), &mut answers).await;
    list(session, "/reminders?".to_owned(), &mut answers).await;
    list(session, "/people?q=ada&".to_owned(), &mut answers).await;
    list(session, "/people?".to_owned(), &mut answers).await;

    for circle in ids(&answers["/circles?"]) {
        one(session, format!("/circles/{circle}"), &mut answers).await;
    }
    for import in ids(&answers["/imports?"]) {
        one(session, format!("/imports/{import}"), &mut answers).await;
        list(session, format!("/imports/{import}/receipt?"), &mut answers).await;
    }
    for reminder in ids(&answers["/reminders?"]) {
        one(session, format!("/reminders/{reminder}"), &mut answers).await;
    }
    for name in names(&answers["/organisations?"]) {
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        paths(session, &format!("to_organisation={name}"), &mut answers).await;
    }
    let mut people = people(&answers["/people?"]);
    people.sort();
    let middle = PEOPLE..people.len().saturating_sub(PEOPLE).max(PEOPLE);
    people.drain(middle.start.min(people.len())..middle.end.min(people.len()));
    for (person, is_mine) in people {
        paths(session, &format!("to={person}"), &mut answers).await;
        if is_mine {
            one(session, format!("/people/{person}"), &mut answers).await;
            one(
                session,
                format!("/people/{person}/annotations"),
                &mut answers,
            )
            .await;
            one(
                session,
                format!("/people/{person}/neighbourhood?limit=100"),
                &mut answers,
            )
            .await;
            list(session, format!("/people/{person}/records?"), &mut answers).await;
            list(session, format!("/people/{person}/ties?"), &mut answers).await;
        }
    }
    answers.values_mut().for_each(leave_out);
    answers
}

/// Whether the order of what is listed there is that of strengths.
fn is_ordered(path: &str) -> bool {
    !["/people?", "/people/", "/paths?"]
        .iter()
        .any(|by_strength| path.starts_with(by_strength))
}

async fn one(session: &Session<'_>, path: String, answers: &mut BTreeMap<String, Value>) {
    let answer = session.get(&path).await;
    answers.insert(path, answer);
}

async fn paths(session: &Session<'_>, to: &str, answers: &mut BTreeMap<String, Value>) {
    let path = format!("/paths?limit={PATHS}&max_steps=2&{to}");
    let answer = session.get(&path).await;
    if items(&answer).len() < PATHS {
        answers.insert(path, answer);
    }
}

async fn list(session: &Session<'_>, path: String, answers: &mut BTreeMap<String, Value>) {
    let items = session.all(&path).await;
    answers.insert(path, json!({ "items": items }));
}

fn items(answer: &Value) -> &[Value] {
    answer["items"].as_array().unwrap()
}

pub(crate) fn ids(answer: &Value) -> Vec<String> {
    let ids = items(answer).iter().map(|item| text(&item["id"]));
    ids.collect()
}

fn names(answer: &Value) -> Vec<String> {
    items(answer)
        .iter()
        .map(|item| text(&item["name"]))
        .collect()
}

/// Ids, and whether they are of the own book.
fn people(answer: &Value) -> Vec<(String, bool)> {
    let people = items(answer).iter();
    people
        .map(|person| (text(&person["id"]), person["owner"]["me"] == true))
        .collect()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn leave_out(answer: &mut Value) {
    match answer {
        Value::Object(fields) => {
            fields.retain(|name, _| LEFT_OUT.iter().all(|(left_out, _)| name != left_out));
            fields.values_mut().for_each(leave_out);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out),
        _ => {}
    }
}

/// What was answered then and is not now. A later version may answer more: a field that has come is
/// no difference, one that has gone is.
fn differences(then: &Value, now: &Value, at: &str) -> Vec<String> {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            let fields = then.iter();
            fields
                .flat_map(|(name, then)| {
                    let now = now.get(name).unwrap_or(&Value::Null);
                    differences(then, now, &format!("{at} {name}"))
                })
                .collect()
        }
        // Of what is stored a later version may show more; which value is shown first may be another.
        (Value::Array(then), Value::Array(now)) if at.ends_with(" fields") => {
            let shown = |field: &Value| {
                let mut field = field.clone();
                field.as_object_mut().map(|field| field.remove("preferred"));
                field
            };
            let now: Vec<Value> = now.iter().map(shown).collect();
            let gone = then.iter().map(shown).filter(|field| !now.contains(field));
            gone.map(|field| format!("{at}: {field} is not shown any more"))
                .collect()
        }
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => {
            let mut left: Vec<&Value> = now.iter().collect();
            let items = then.iter().enumerate();
            items
                .flat_map(|(n, then)| {
                    let place = if is_ordered(at) { 0 } else { like(then, &left) };
                    differences(then, left.remove(place), &format!("{at} {n}"))
                })
                .collect()
        }
        _ if then == now => Vec::new(),
        _ => vec![format!("{at}: {then} has become {now}")],
    }
}

/// The place of the item that is the same one: by its id, else by what it says; else the first.
fn like(wanted: &Value, among: &[&Value]) -> usize {
    let mut items = among.iter();
    let place = match &wanted["id"] {
        Value::Null => items.position(|item| differences(wanted, item, "").is_empty()),
        id => items.position(|item| item["id"] == *id),
    };
    place.unwrap_or(0)
}

/// The same for all answers.
pub(crate) fn all_differences(
    then: &BTreeMap<String, Value>,
    now: &BTreeMap<String, Value>,
) -> Vec<String> {
    let paths = then.iter();
    paths
        .flat_map(|(path, then)| match now.get(path) {
            Some(now) => differences(then, now, path),
            None => vec![format!("{path} is not answered")],
        })
        .collect()
}

/// Creates something under a key.
pub(crate) async fn create(session: &Session<'_>, path: &str, key: &str, body: Value) -> Creation {
    let answer = ask(session, reqwest::Method::POST, path, &body, Some(key)).await;
    Creation {
        path: path.to_owned(),
        key: key.to_owned(),
        answer: said(path, answer).await,
        body,
    }
}
