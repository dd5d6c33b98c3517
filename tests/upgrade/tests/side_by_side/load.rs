//! People who make and rename things all the time, at whichever version answers.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinHandle};
use uuid::Uuid;

use crate::place::{Address, Patience, Replica, Version, until};

/// People at once.
const PEOPLE: usize = 4;

pub(crate) struct Load {
    addresses: watch::Sender<Vec<Address>>,
    made: Arc<AtomicUsize>,
    people: Vec<JoinHandle<Expected>>,
}

/// A thing as it must be found: name, colour and version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Made {
    name: String,
    colour: String,
    version: i64,
}

/// What must be found in the end.
#[derive(Default)]
pub(crate) struct Expected {
    pub(crate) things: Vec<Made>,
    pub(crate) changes: i64,
    /// Changes that events of the new schema told of.
    pub(crate) of_new_schema: i64,
}

impl Made {
    pub(crate) fn of(thing: &Value) -> Self {
        let text = |field: &str| thing[field].as_str().unwrap().to_owned();
        Self {
            name: text("name"),
            colour: text("colour"),
            version: thing["version"].as_i64().unwrap(),
        }
    }
}

impl Load {
    pub(crate) fn on(replicas: &[&Replica]) -> Self {
        let (addresses, _) = watch::channel(addresses(replicas));
        let made = Arc::new(AtomicUsize::new(0));
        let people = (0..PEOPLE)
            .map(|n| tokio::spawn(person(n, addresses.subscribe(), made.clone())))
            .collect();
        Self {
            addresses,
            made,
            people,
        }
    }

    /// From now on these are asked.
    pub(crate) fn turn_to(&self, replicas: &[&Replica]) {
        self.addresses.send_replace(addresses(replicas));
    }

    /// Waits until so many things more were made.
    pub(crate) async fn makes(&self, more: usize) {
        let enough = self.made.load(Ordering::Relaxed) + more;
        until("things to be made", async || {
            let made = self.made.load(Ordering::Relaxed);
            (made >= enough).then_some(()).ok_or(made)
        })
        .await;
    }

    /// Lets everybody finish.
    pub(crate) async fn end(self) -> Expected {
        drop(self.addresses);
        let mut all = Expected::default();
        for person in self.people {
            let expected = person.await.unwrap();
            all.things.extend(expected.things);
            all.changes += expected.changes;
            all.of_new_schema += expected.of_new_schema;
        }
        all.things.sort();
        all
    }
}

fn addresses(replicas: &[&Replica]) -> Vec<Address> {
    replicas.iter().map(|replica| replica.at.clone()).collect()
}

async fn person(
    number: usize,
    addresses: watch::Receiver<Vec<Address>>,
    made: Arc<AtomicUsize>,
) -> Expected {
    let mut expected = Expected::default();
    for turn in 0.. {
        // The load ends with its sender.
        if addresses.has_changed().is_err() {
            break;
        }
        let mut name = format!("thing {number}.{turn}");
        let thing = make(&addresses, turn, &name).await;
        expected.changes += 1;
        // Only the next version knows of colours, and paints whatever it makes.
        let colour = thing["colour"].as_str().unwrap_or("plain").to_owned();
        expected.of_new_schema += i64::from(thing["colour"].is_string());
        let id = thing["id"].as_str().unwrap();
        let mut version = 1;
        if turn.is_multiple_of(3) && rename(&addresses, id, &format!("{name}, renamed")).await {
            name.push_str(", renamed");
            version += 1;
            expected.changes += 1;
        }
        expected.things.push(Made {
            name,
            colour,
            version,
        });
        made.fetch_add(1, Ordering::Relaxed);
    }
    expected
}

/// Makes a thing, however often that must be asked for, and whoever answers.
async fn make(addresses: &watch::Receiver<Vec<Address>>, turn: usize, name: &str) -> Value {
    let key = Uuid::now_v7().to_string();
    let patience = Patience::default();
    for attempt in turn.. {
        let at = {
            let all = addresses.borrow();
            all[attempt % all.len()].clone()
        };
        match attempt_to_make(&at, &key, name).await {
            Ok(thing) => return thing,
            Err(why) => patience.with("a thing to be made", &why).await,
        }
    }
    unreachable!("there are always more attempts")
}

async fn attempt_to_make(at: &Address, key: &str, name: &str) -> Result<Value, String> {
    let request = at.request(Method::POST, "").header("idempotency-key", key);
    let answer = request.json(&json!({"name": name})).send().await;
    let answer = answer.map_err(|error| error.to_string())?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| error.to_string())?;
    if status == StatusCode::CREATED {
        Ok(serde_json::from_str(&text).unwrap())
    } else {
        Err(format!("{status} {text}"))
    }
}

/// Renames a thing that nobody has changed yet; false where nobody is there who can.
async fn rename(addresses: &watch::Receiver<Vec<Address>>, id: &str, name: &str) -> bool {
    let patience = Patience::default();
    loop {
        let at = {
            let all = addresses.borrow();
            let before = |at: &&Address| at.version == Version::Before;
            all.iter().find(before).cloned()
        };
        let Some(at) = at else { return false };
        let request = at.request(Method::PATCH, &format!("/{id}"));
        let request = request.header("if-match", "\"1\"");
        let why = match request.json(&json!({"name": name})).send().await {
            Ok(answer) if answer.status().is_success() => return true,
            // The answer of an attempt before this one was lost, not what it did.
            Ok(answer) if answer.status() == StatusCode::PRECONDITION_FAILED => return true,
            Ok(answer) => answer.status().to_string(),
            Err(error) => error.to_string(),
        };
        patience.with("a thing to be renamed", &why).await;
    }
}
