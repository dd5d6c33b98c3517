//! `kith path`: the warmest ways to a person or an organisation.

use clap::{ArgGroup, Args};
use serde_json::Value;

use crate::{api::Api, cli::Global, failure::Failure, output};

/// Where to.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("target").required(true)))]
pub struct FindPath {
    /// A person: a name as in `kith people`, or an id.
    #[arg(long, value_name = "NAME", group = "target")]
    pub to: Option<String>,
    /// Anyone at an organisation.
    #[arg(long, value_name = "NAME", group = "target")]
    pub to_organisation: Option<String>,
    /// How many ways at most.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub limit: u32,
    /// How many steps a way may have.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=6))]
    pub max_steps: u32,
}

/// Shows the ways.
///
/// # Errors
/// Not found when there is no such person or no way; see [`Failure`].
pub async fn find_path(global: &Global, command: &FindPath) -> Result<(), Failure> {
    let api = Api::reach(global).await?;
    let found = ask(&api, command).await;
    api.close().await;
    let found = found?;
    let items = found["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if global.json {
        output::json(&found);
    } else {
        for (at, path) in items.iter().enumerate() {
            text(at + 1, path).iter().for_each(output::line);
        }
    }
    if items.is_empty() {
        let name = command.to.as_ref().or(command.to_organisation.as_ref());
        let name = name.cloned().unwrap_or_default();
        return Err(Failure::NotFound(format!(
            "there is no way to {name} in {} steps",
            command.max_steps
        )));
    }
    Ok(())
}

async fn ask(api: &Api, command: &FindPath) -> Result<Value, Failure> {
    let target = match (&command.to, &command.to_organisation) {
        (Some(name), _) => format!("to={}", person(api, name).await?),
        (None, Some(name)) => format!("to_organisation={}", encoded(name)),
        (None, None) => return Err(Failure::Usage("say --to or --to-organisation".to_owned())),
    };
    let (limit, steps) = (command.limit, command.max_steps);
    api.get(&format!(
        "/api/v1/paths?{target}&limit={limit}&max_steps={steps}"
    ))
    .await
}

/// The id of the person who fits a name best.
async fn person(api: &Api, name: &str) -> Result<String, Failure> {
    if name.parse::<uuid::Uuid>().is_ok() {
        return Ok(name.to_owned());
    }
    let found = api
        .get(&format!("/api/v1/people?q={}&limit=10", encoded(name)))
        .await?;
    let items = found["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let called = |person: &&Value| {
        person["display_name"]
            .as_str()
            .is_some_and(|text| text.eq_ignore_ascii_case(name))
    };
    let exact: Vec<&Value> = items.iter().filter(called).collect();
    let (fit, total) = if exact.is_empty() {
        let total = found["total"].as_u64().unwrap_or(items.len() as u64);
        (items.iter().collect(), total)
    } else {
        let total = exact.len() as u64;
        (exact, total)
    };
    match fit.as_slice() {
        [] => Err(Failure::NotFound(format!(
            "nobody is called {name}; try `kith people {name}`"
        ))),
        [one] => one["id"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| Failure::Failed("the answer names no id".to_owned())),
        several => Err(Failure::NotFound(ambiguous(name, total, several))),
    }
}

/// A guess would be a wrong answer with success, so whoever asks is shown whom to name.
fn ambiguous(name: &str, total: u64, people: &[&Value]) -> String {
    let mut text = format!("{total} people fit {name:?}; say which, by full name or id:");
    for person in people {
        let part = |key: &str| person[key].as_str().unwrap_or_default();
        text.push_str(&format!(
            "\n  {}  {}, {}",
            part("id"),
            part("display_name"),
            person["organisation"].as_str().unwrap_or("no organisation"),
        ));
    }
    text
}

/// `1. You → Ana Silva → Bo Lund   0.42`, then a line of evidence for each step.
fn text(number: usize, path: &Value) -> Vec<String> {
    let people = path["people"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let names: Vec<String> = people.iter().map(name).collect();
    let score = path["score"].as_f64().unwrap_or_default();
    let mut lines = vec![format!("{number}. {}   {score:.2}", names.join(" → "))];
    let steps = path["steps"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    for (step, pair) in steps.iter().zip(names.windows(2)) {
        let evidence = step["evidence"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut known: Vec<&str> = Vec::new();
        for summary in evidence.iter().filter_map(|one| one["summary"].as_str()) {
            // Both ends of a tie may tell of the same mails.
            if !known.contains(&summary) && known.len() < 3 {
                known.push(summary);
            }
        }
        let known = if known.is_empty() {
            "known to each other".to_owned()
        } else {
            known.join("; ")
        };
        let strength = step["strength"].as_f64().unwrap_or_default();
        lines.push(format!(
            "     {} – {}: {known} ({strength:.2})",
            pair[0], pair[1]
        ));
    }
    lines
}

fn name(person: &Value) -> String {
    if person["me"].as_bool() == Some(true) {
        return "You".to_owned();
    }
    person["display_name"]
        .as_str()
        .unwrap_or("someone")
        .to_owned()
}

/// A text as it stands in a query.
pub(super) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_as_a_line_and_its_evidence() {
        let path = serde_json::json!({
            "score": 0.4211,
            "people": [
                { "me": true, "display_name": "Ada" },
                { "me": false, "display_name": "Ana Silva" },
                { "me": false, "display_name": "Bo Lund" },
            ],
            "steps": [
                { "strength": 0.9, "evidence": [{ "summary": "12 two-way mails" }] },
                { "strength": 0.58, "evidence": [] },
            ],
        });
        assert_eq!(
            text(1, &path),
            [
                "1. You → Ana Silva → Bo Lund   0.42",
                "     You – Ana Silva: 12 two-way mails (0.90)",
                "     Ana Silva – Bo Lund: known to each other (0.58)",
            ]
        );
    }
}
