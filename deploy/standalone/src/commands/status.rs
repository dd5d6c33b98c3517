//! `kith status`: what runs, and whether anything waits for a decision.

use crate::{api::Api, cli::Global, failure::Failure, output};

/// Shows it.
///
/// # Errors
/// See [`Failure`].
pub async fn status(global: &Global) -> Result<(), Failure> {
    let api = Api::reach(global).await?;
    let status = api.get("/operator/v1/status").await;
    api.close().await;
    let status = status?;
    if global.json {
        output::json(&status);
        return Ok(());
    }
    output::line(format_args!(
        "Kith {}",
        status["version"].as_str().unwrap_or_default()
    ));
    output::line(format_args!(
        "Data    {}",
        status["data"].as_str().unwrap_or_default()
    ));
    let parked = status["parked"].as_object().into_iter().flatten();
    let waiting: Vec<String> = parked
        .filter(|(_, count)| count.as_u64() != Some(0))
        .map(|(consumer, count)| format!("{consumer} {count}"))
        .collect();
    if waiting.is_empty() {
        output::line("Parked  none");
    } else {
        output::line(format_args!(
            "Parked  {} (see `kith parked list`)",
            waiting.join(", ")
        ));
    }
    Ok(())
}
