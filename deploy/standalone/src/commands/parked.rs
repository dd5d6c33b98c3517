//! `kith parked …`: events that could not be handled and wait for a decision.

use skeleton_host::http::Method;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::operate::{Services, items, text};
use crate::{api::Api, cli::Global, failure::Failure, output};

/// Longest event that is read from a file, in bytes.
const EDIT_LIMIT_BYTES: u64 = 16 << 20;

/// How many are taken at once; what is behind them comes once they are gone.
const MOST: usize = 10_000;

/// What to do with them.
#[derive(Subcommand, Debug)]
pub enum Parked {
    /// Those of all services, with the reason of each.
    List {
        /// Only those of one service.
        #[arg(long)]
        service: Option<String>,
    },
    /// One of them whole.
    Show(Which),
    /// Handle one again with other data: from a file, or `-` for standard input.
    Edit {
        /// Which one.
        #[command(flatten)]
        which: Which,
        /// The event's data as JSON, as `kith parked show` prints it below `event.data`.
        #[arg(long, value_name = "FILE")]
        data: PathBuf,
    },
    /// Handle one again, or all.
    Replay {
        /// Who could not handle it.
        service: String,
        /// Which one.
        #[arg(required_unless_present = "all")]
        id: Option<Uuid>,
        /// All of this service.
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
    /// Give one up: it counts as handled.
    Drop(Which),
}

/// One parked event.
#[derive(Args, Debug)]
pub struct Which {
    /// Who could not handle it.
    service: String,
    /// Its id.
    id: Uuid,
}

/// Lists, shows, edits, replays or drops parked events, as `command` says.
///
/// # Errors
/// See [`Failure`].
pub async fn parked(global: &Global, command: &Parked) -> Result<(), Failure> {
    let data = match command {
        Parked::Edit { data, .. } => Some(read_data(data)?),
        _ => None,
    };
    let api = Api::reach(global).await?;
    let outcome = act(global, &Services::of(&api), command, data).await;
    api.close().await;
    outcome
}

async fn act(
    global: &Global,
    services: &Services<'_>,
    command: &Parked,
    data: Option<Value>,
) -> Result<(), Failure> {
    match command {
        Parked::List { service } => {
            let all = list(services, service.as_deref()).await?;
            show_list(global, &all);
        }
        Parked::Show(which) => {
            let path = format!("parked/{}", which.id);
            output::json(&services.get(&which.service, &path).await?);
        }
        Parked::Edit { which, .. } => {
            replay(services, &which.service, &which.id.to_string(), data).await?;
            done(global, 1, "handled again with the new data");
        }
        Parked::Replay { service, id, .. } => {
            let ids = match id {
                Some(id) => vec![id.to_string()],
                None => list(services, Some(service))
                    .await?
                    .iter()
                    .map(|item| text(item, "id").to_owned())
                    .collect(),
            };
            for id in &ids {
                replay(services, service, id, None).await?;
            }
            done(global, ids.len(), "handled again");
        }
        Parked::Drop(which) => {
            let path = format!("parked/{}", which.id);
            services
                .ask(Method::DELETE, &which.service, &path, None)
                .await?;
            done(global, 1, "given up");
        }
    }
    Ok(())
}

/// Those of all services, or of `only` one, up to [`MOST`].
async fn list(services: &Services<'_>, only: Option<&str>) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    for service in services.names(only).await? {
        let mut next = Some("parked?limit=200".to_owned());
        while let Some(page) = next.filter(|_| all.len() < MOST) {
            let answer = services.get(&service, &page).await?;
            all.extend(items(&answer).iter().cloned().map(|mut item| {
                item["service"] = json!(service);
                item
            }));
            let cursor = answer["next"].as_str();
            next = cursor.map(|cursor| format!("parked?limit=200&cursor={cursor}"));
        }
    }
    if all.len() >= MOST {
        output::note(format_args!(
            "these are the first {}; more may be parked, 'kith status' counts them",
            all.len()
        ));
    }
    Ok(all)
}

async fn replay(
    services: &Services<'_>,
    service: &str,
    id: &str,
    data: Option<Value>,
) -> Result<(), Failure> {
    let body = json!({ "data": data });
    let path = format!("parked/{id}/replay");
    services
        .ask(Method::POST, service, &path, Some(&body))
        .await
        .map(drop)
}

fn show_list(global: &Global, all: &[Value]) {
    if global.json {
        output::json(&json!({ "items": all, "next": null }));
        return;
    }
    if all.is_empty() {
        output::note("nothing is parked");
    }
    for item in all {
        output::line(format_args!(
            "{} {}  {}  {} failed attempts",
            text(item, "service"),
            text(item, "id"),
            text(item, "type"),
            item["attempts"]
        ));
        output::line(format_args!("    {}", text(item, "reason")));
    }
}

fn done(global: &Global, events: usize, what: &str) {
    if global.json {
        output::json(&json!({ "events": events }));
    } else {
        output::note(format_args!("{events} {what}"));
    }
}

fn read_data(file: &std::path::Path) -> Result<Value, Failure> {
    use std::io::Read;
    let wrong = |why: &dyn std::fmt::Display| Failure::Usage(format!("{}: {why}", file.display()));
    let mut content = String::new();
    let source: Box<dyn Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(|error| wrong(&error))?)
    };
    source
        .take(EDIT_LIMIT_BYTES)
        .read_to_string(&mut content)
        .map_err(|error| wrong(&error))?;
    serde_json::from_str(&content).map_err(|error| wrong(&format!("expected JSON: {error}")))
}
