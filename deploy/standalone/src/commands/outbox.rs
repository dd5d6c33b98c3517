//! `kith outbox status`: events that wait to leave each service.

use clap::Subcommand;
use serde_json::{Value, json};

use super::operate::{Services, text};
use crate::{api::Api, cli::Global, failure::Failure, output};

/// What to tell of them.
#[derive(Subcommand, Debug)]
pub enum Outbox {
    /// How many wait in each service, and since when the oldest does.
    Status,
}

/// Shows it.
///
/// # Errors
/// See [`Failure`].
pub async fn outbox(global: &Global, Outbox::Status: &Outbox) -> Result<(), Failure> {
    let api = Api::reach(global).await?;
    let found = status(&Services::of(&api)).await;
    api.close().await;
    let items = found?;
    if global.json {
        output::json(&json!({ "items": items, "next": null }));
        return Ok(());
    }
    for item in &items {
        let oldest = match item["oldest"].as_str() {
            Some(at) => format!("oldest since {at}"),
            None => String::new(),
        };
        let row = format!(
            "{:<14} {:>9} waiting  {oldest}",
            text(item, "service"),
            item["waiting"]
        );
        output::line(row.trim_end());
    }
    Ok(())
}

async fn status(services: &Services<'_>) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    for service in services.names(None).await? {
        let status = services.get(&service, "status").await?;
        if let Some(outbox) = status.get("outbox").filter(|outbox| outbox.is_object()) {
            let mut item = outbox.clone();
            item["service"] = json!(service);
            all.push(item);
        }
    }
    Ok(all)
}
