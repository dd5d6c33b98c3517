//! What all stores together hold, without what differs from run to run: ids and times.

use kith_tests::disturbance::texts;

use crate::client::Client;

#[derive(Debug, PartialEq)]
pub(crate) struct Contents {
    /// Search: everybody who is found, with what is known of them.
    people: Vec<String>,
    /// Network: how some of them are reached.
    reached: Vec<String>,
    /// Ingest: what became of each record.
    receipt: Vec<String>,
    /// Notifications: what was told.
    told: Vec<String>,
}

impl Contents {
    /// As `client` sees them.
    pub(crate) async fn seen_by(client: &Client, import: Option<&str>) -> Self {
        let people = client.all("/people?").await;
        let mut reached = Vec::new();
        for person in people.iter().filter(|person| {
            person["title"]
                .as_str()
                .is_some_and(|title| title.ends_with("00"))
        }) {
            let id = person["id"].as_str().unwrap();
            let path = client.get(&format!("/paths?to={id}")).await;
            let first = &path["items"][0];
            let names: Vec<String> = first["people"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|person| person["display_name"].to_string())
                .collect();
            reached.push(format!("{} {}", names.join(" > "), first["score"]));
        }
        reached.sort();
        let receipt = match import {
            Some(import) => client.all(&format!("/imports/{import}/receipt?")).await,
            None => Vec::new(),
        };
        let told = client.all("/notifications?").await;
        Self {
            people: texts(
                &people,
                &[
                    "display_name",
                    "emails",
                    "organisation",
                    "title",
                    "strength",
                ],
            ),
            reached,
            receipt: texts(&receipt, &["position", "outcome", "label"]),
            told: texts(&told, &["kind", "title"]),
        }
    }

    pub(crate) fn people(&self) -> usize {
        self.people.len()
    }

    /// Where two differ first, for a message that fits a screen.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let lists = [
            ("people", &self.people, &other.people),
            ("reached", &self.reached, &other.reached),
            ("receipt", &self.receipt, &other.receipt),
            ("told", &self.told, &other.told),
        ];
        for (name, mine, theirs) in lists {
            if mine == theirs {
                continue;
            }
            let only =
                |a: &[String], b: &[String]| a.iter().find(|text| !b.contains(text)).cloned();
            return Some(format!(
                "{name}: {} and {}; only here {:?}, only there {:?}",
                mine.len(),
                theirs.len(),
                only(mine, theirs),
                only(theirs, mine)
            ));
        }
        None
    }
}
