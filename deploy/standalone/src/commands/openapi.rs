//! `kith openapi`: the description of the whole API, out of the services as they are.

use skeleton_host::{settings::Source, shutdown::Shutdown};

use crate::{data::DataFolder, failure::Failure, output, program::Program, settings::Settings};

/// Composes all services on an empty folder, which is thrown away, and prints what they describe.
///
/// # Errors
/// When the services cannot be composed.
pub async fn openapi() -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("kith-openapi-{}", std::process::id()));
    let document = compose(&folder).await;
    let _ = tokio::fs::remove_dir_all(&folder).await;
    output::json(&document?);
    Ok(())
}

async fn compose(folder: &std::path::Path) -> Result<serde_json::Value, Failure> {
    let source = Source::from_pairs([("data", folder.to_string_lossy())]);
    let settings =
        Settings::from_source(&source).map_err(|mistakes| Failure::Usage(mistakes.to_string()))?;
    let data = DataFolder::try_hold(folder)?
        .ok_or_else(|| Failure::Failed(format!("{} is in use", folder.display())))?;
    let shutdown = Shutdown::new();
    let program = Program::compose(&settings, &data, &shutdown).await?;
    let document = program.openapi()?;
    program.end(std::time::Duration::from_secs(2)).await;
    Ok(document)
}
