//! `kith announce`: a publisher tells its current state again to one consumer.

use clap::Args;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use skeleton_host::http::Method;

use super::operate::{Services, items};
use crate::{api::Api, cli::Global, failure::Failure, output};

/// Who tells whom what.
#[derive(Args, Debug)]
pub struct Announce {
    /// The publisher: `ingest`.
    #[arg(long, value_name = "SERVICE")]
    pub from: String,
    /// The consumer: `search`.
    #[arg(long, value_name = "SERVICE")]
    pub to: String,
    /// Only this event type; all that the publisher can tell again when nothing is said.
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
}

/// Has it told, page by page.
///
/// # Errors
/// When there is no such publisher, consumer or type; see [`Failure`].
pub async fn announce(global: &Global, command: &Announce) -> Result<(), Failure> {
    let api = Api::reach(global).await?;
    let told = tell(&Services::of(&api), command).await;
    api.close().await;
    let told = told?;
    if global.json {
        output::json(&json!({ "items": told, "next": null }));
    } else {
        for item in &told {
            output::line(format_args!(
                "{} {} told to {}",
                item["events"],
                item["type"].as_str().unwrap_or_default(),
                command.to
            ));
        }
    }
    Ok(())
}

/// Has it told, page by page: how many events of each type.
///
/// # Errors
/// See [`announce`].
pub async fn tell(services: &Services<'_>, command: &Announce) -> Result<Vec<Value>, Failure> {
    services.names(Some(&command.from)).await?;
    services.names(Some(&command.to)).await?;
    let kinds = kinds(services, &command.from).await?;
    let kinds = match &command.kind {
        None => kinds,
        Some(kind) if kinds.contains(kind) => vec![kind.clone()],
        Some(kind) => {
            return Err(Failure::NotFound(format!(
                "{} does not tell {kind} again; it tells {}",
                command.from,
                kinds.join(", ")
            )));
        }
    };
    let progress = progress();
    let mut told = Vec::new();
    for kind in kinds {
        let (mut after, mut events) = (None::<String>, 0);
        loop {
            let wish = json!({ "to": command.to, "type": kind, "after": after });
            let page = services
                .ask(Method::POST, &command.from, "announce", Some(&wish))
                .await?;
            events += page["sent"].as_u64().unwrap_or_default();
            progress.set_message(format!("{kind} {events}"));
            after = page["next"].as_str().map(str::to_owned);
            if after.is_none() {
                break;
            }
        }
        told.push(json!({ "type": kind, "events": events }));
    }
    progress.finish_and_clear();
    Ok(told)
}

/// The event types that a service can tell again.
///
/// # Errors
/// See [`Failure`].
pub async fn kinds(services: &Services<'_>, from: &str) -> Result<Vec<String>, Failure> {
    let kinds = services.get(from, "announce").await?;
    let kinds = items(&kinds).iter().filter_map(Value::as_str);
    Ok(kinds.map(str::to_owned).collect())
}

/// Shown only where somebody watches: how much there is, is not known before.
fn progress() -> ProgressBar {
    if output::is_watched() {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::hidden()
    }
}
