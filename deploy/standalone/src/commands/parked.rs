//! `kith parked …`: events that could not be handled and wait for a decision.

use clap::Subcommand;
use http::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::{api::Api, cli::Global, failure::Failure, output};

/// What to do with them.
#[derive(Subcommand, Debug)]
pub enum Parked {
    /// Those of all consumers, with the reason of each.
    List,
    /// One of them whole.
    Show {
        /// Who could not handle it.
        consumer: String,
        /// Which.
        id: Uuid,
    },
    /// Handle one again.
    Replay {
        /// Who could not handle it.
        consumer: String,
        /// Which.
        id: Uuid,
    },
    /// Give one up: it counts as handled.
    Drop {
        /// Who could not handle it.
        consumer: String,
        /// Which.
        id: Uuid,
    },
}

/// Does it.
///
/// # Errors
/// See [`Failure`].
pub async fn parked(global: &Global, command: &Parked) -> Result<(), Failure> {
    let api = Api::reach(global).await?;
    let outcome = ask(&api, command).await;
    api.close().await;
    let answer = outcome?;
    match command {
        Parked::List if !global.json => list(&answer),
        Parked::List | Parked::Show { .. } => output::json(&answer),
        Parked::Replay { .. } => output::note("it is handled again now"),
        Parked::Drop { .. } => output::note("it is given up"),
    }
    Ok(())
}

async fn ask(api: &Api, command: &Parked) -> Result<Value, Failure> {
    let at = |consumer: &str, id: &Uuid| format!("/operator/v1/parked/{consumer}/{id}");
    match command {
        Parked::List => api.get("/operator/v1/parked").await,
        Parked::Show { consumer, id } => api.get(&at(consumer, id)).await,
        Parked::Replay { consumer, id } => {
            api.ask(Method::POST, &format!("{}/replay", at(consumer, id)), None)
                .await
        }
        Parked::Drop { consumer, id } => api.ask(Method::DELETE, &at(consumer, id), None).await,
    }
}

fn list(answer: &Value) {
    let items = answer["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if items.is_empty() {
        output::note("nothing is parked");
    }
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    for item in items {
        let (consumer, id) = (text(item, "consumer"), text(item, "id"));
        output::line(format_args!("{consumer} {id}  {}", text(item, "type")));
        output::line(format_args!("    {}", text(item, "reason")));
    }
}
