//! `kith status`: what runs, and whether anything waits for a decision.

use serde_json::{Value, json};

use super::operate::{Services, items_of, text};
use crate::{api::Api, cli::Global, failure::Failure, output};

/// Shows it.
///
/// # Errors
/// See [`Failure`].
pub async fn status(global: &Global) -> Result<(), Failure> {
    let api = Api::reach(global).await?;
    let found = all(&Services::of(&api)).await;
    let whence = api.whence();
    api.close().await;
    let items = found?;
    if global.json {
        output::json(&json!({
            "version": env!("CARGO_PKG_VERSION"),
            "at": whence,
            "items": items,
        }));
        return Ok(());
    }
    output::line(format_args!("Kith {} {whence}", env!("CARGO_PKG_VERSION")));
    items.iter().for_each(|item| output::line(row(item)));
    Ok(())
}

/// The status of every service; of one that does not answer its name and why.
pub(super) async fn all(services: &Services<'_>) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    for service in services.names(None).await? {
        let status = match services.get(&service, "status").await {
            Ok(status) => status,
            Err(failure) => json!({ "name": service, "away": failure.to_string() }),
        };
        all.push(status);
    }
    Ok(all)
}

/// `ingest  ready  3 to be sent  1 parked (see kith parked list)`
fn row(status: &Value) -> String {
    let mut parts = vec![format!("  {:<14}", text(status, "name"))];
    if let Some(away) = status["away"].as_str() {
        parts.push(format!("does not answer: {away}"));
        return parts.join(" ");
    }
    let failing: Vec<&str> = items_of(status, "checks")
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| text(check, "name"))
        .collect();
    parts.push(if failing.is_empty() {
        "ready".to_owned()
    } else {
        format!("waits for {}", failing.join(", "))
    });
    for (count, what) in [
        (&status["outbox"]["waiting"], "to be sent"),
        (&status["parked"], "parked (see `kith parked list`)"),
    ] {
        if count.as_u64().is_some_and(|count| count > 0) {
            parts.push(format!("  {count} {what}"));
        }
    }
    parts.join(" ")
}
