//! `kith import`: bring in files and wait until what they say is searchable.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, builder::PossibleValuesParser};
use futures::TryStreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use kith_ingest::domain::catalogue;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use tokio_util::io::ReaderStream;

use crate::{api::Api, cli::Global, failure::Failure, output};

const LOOK_EVERY: Duration = Duration::from_millis(200);
/// What a receipt counts, in the order of interest.
const COUNTS: [&str; 7] = [
    "records",
    "created",
    "merged",
    "updated",
    "unchanged",
    "left_out",
    "rejected",
];

const AFTER_HELP: &str = "\
An import goes on in the server when this command is ended. `kith imports list` says how far each
is, `kith imports cancel ID` ends one; what was read of its file by then stays.";

/// Which files.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub struct Import {
    #[arg(required = true, value_name = "FILE", help = files_help())]
    pub files: Vec<PathBuf>,
    /// What the files are, where it cannot be told from their content.
    #[arg(long, value_parser = PossibleValuesParser::new(catalogue::formats().map(|(name, _)| name)))]
    pub format: Option<String>,
}

fn files_help() -> String {
    let labels: Vec<&str> = catalogue::formats().map(|(_, label)| label).collect();
    format!(
        "Files of these formats: {}; Kith tells which is which",
        labels.join(", ")
    )
}

/// Brings them in, one after the other.
///
/// # Errors
/// When a file cannot be read or was not taken in; see [`Failure`].
pub async fn import(global: &Global, command: &Import) -> Result<(), Failure> {
    for file in &command.files {
        let what = match file.metadata() {
            Ok(found) if found.is_dir() => "is a folder; name the files in it",
            Ok(_) => continue,
            Err(_) => "there is no such file",
        };
        return Err(Failure::Usage(format!("{}: {what}", file.display())));
    }
    let api = Api::reach(global).await?;
    let (imports, mut failed) = import_all(&api, command).await;
    api.close().await;
    if global.json {
        output::json(&serde_json::json!({ "items": imports, "next": null }));
    }
    for import in &imports {
        if import["status"] == "succeeded" {
            if !global.json {
                output::line(summary(import));
            }
        } else {
            failed.push(summary(import));
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::Failed(format!(
            "not imported:\n  {}",
            failed.join("\n  ")
        )))
    }
}

/// What became of those that were taken, and why the others were not: one that is refused does not
/// hold up the rest.
async fn import_all(api: &Api, command: &Import) -> (Vec<Value>, Vec<String>) {
    let (mut imports, mut refused) = (Vec::new(), Vec::new());
    for file in &command.files {
        let ended = async {
            let queued = upload(api, file, command.format.as_deref()).await?;
            wait(api, queued).await
        };
        match ended.await {
            Ok(import) => imports.push(import),
            Err(failure) => refused.push(failure.to_string().replace(" /file: ", " ")),
        }
    }
    (imports, refused)
}

async fn upload(api: &Api, file: &Path, format: Option<&str>) -> Result<Value, Failure> {
    let unreadable = |error: std::io::Error| Failure::Usage(format!("{}: {error}", file.display()));
    let open = tokio::fs::File::open(file).await.map_err(unreadable)?;
    let length = open.metadata().await.map_err(unreadable)?.len();
    let bar = bar(length, &format!("sending {}", shown(file)));
    let sent = bar.clone();
    let stream = ReaderStream::with_capacity(open, 64 * 1024)
        .inspect_ok(move |chunk| sent.inc(chunk.len() as u64));
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let part = Part::stream_with_length(reqwest::Body::wrap_stream(stream), length).file_name(name);
    let mut form = Form::new();
    if let Some(format) = format {
        form = form.text("format", format.to_owned());
    }
    let queued = api.upload("/api/v1/imports", form.part("file", part)).await;
    bar.finish_and_clear();
    queued.map_err(|failure| match failure {
        Failure::Failed(why) => Failure::Failed(format!("{}: {why}", file.display())),
        other => other,
    })
}

/// Looks until the import has ended.
async fn wait(api: &Api, mut import: Value) -> Result<Value, Failure> {
    let id = import["id"].as_str().unwrap_or_default().to_owned();
    let name = import["file_name"].as_str().unwrap_or_default().to_owned();
    let bar = bar(import["bytes_total"].as_u64().unwrap_or_default(), &name);
    while !has_ended(&import) {
        tokio::time::sleep(LOOK_EVERY).await;
        import = api.get(&format!("/api/v1/imports/{id}")).await?;
        bar.set_length(import["bytes_total"].as_u64().unwrap_or_default());
        bar.set_position(import["bytes_done"].as_u64().unwrap_or_default());
        let stage = import["stage"].as_str().or(import["status"].as_str());
        bar.set_message(format!("{} {name}", stage.unwrap_or_default()));
    }
    bar.finish_and_clear();
    Ok(import)
}

fn has_ended(import: &Value) -> bool {
    !matches!(import["status"].as_str(), Some("queued" | "running"))
}

/// Shown only where somebody watches.
fn bar(length: u64, message: &str) -> ProgressBar {
    let bar = if output::is_watched() {
        ProgressBar::new(length)
    } else {
        ProgressBar::hidden()
    };
    let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(message.to_owned());
    bar
}

fn shown(file: &Path) -> String {
    file.file_name()
        .unwrap_or(file.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// `Connections.csv (linkedin): 120 records, 118 created, 2 rejected`
pub(super) fn summary(import: &Value) -> String {
    let text = |name: &str| import[name].as_str().unwrap_or_default();
    let counted: Vec<String> = COUNTS
        .iter()
        .filter_map(|name| Some((name, import["counts"][name].as_u64()?)))
        .filter(|(name, count)| **name == "records" || *count > 0)
        .map(|(name, count)| format!("{count} {}", name.replace('_', " ")))
        .collect();
    let head = format!("{} ({})", text("file_name"), text("format"));
    if import["status"] == "succeeded" {
        return format!("{head}: {}", counted.join(", "));
    }
    if import["status"] == "cancelled" {
        return format!("{head}: cancelled, with {}", counted.join(", "));
    }
    let problem = &import["problem"];
    let why = problem["detail"]
        .as_str()
        .or(problem["title"].as_str())
        .unwrap_or("no reason given");
    format!(
        "{head}: failed, {why}; see the receipt of import {}",
        text("id")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cancelled_has_ended_and_says_what_stays() {
        let mut import = serde_json::json!({
            "file_name": "a.csv", "format": "linkedin", "status": "running",
            "counts": { "records": 3, "created": 3 },
        });
        assert!(!has_ended(&import));
        import["status"] = "cancelled".into();
        assert!(has_ended(&import));
        assert_eq!(
            summary(&import),
            "a.csv (linkedin): cancelled, with 3 records, 3 created"
        );
    }

    #[test]
    fn a_receipt_names_what_happened_and_nothing_that_did_not() {
        let import = serde_json::json!({
            "file_name": "a.csv", "format": "linkedin", "status": "succeeded",
            "counts": { "records": 3, "created": 2, "merged": 0, "left_out": 1 },
        });
        assert_eq!(
            summary(&import),
            "a.csv (linkedin): 3 records, 2 created, 1 left out"
        );
    }
}
