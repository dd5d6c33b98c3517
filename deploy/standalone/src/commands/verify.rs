//! `kith verify`: whether an archive is whole, and what it holds.

use clap::Args;
use serde_json::json;

use super::backup::bar;
use crate::{
    backup::{
        About,
        check::check,
        place::{Decryption, archive},
    },
    cli::Global,
    failure::Failure,
    output,
};

/// Which, and how to open it.
#[derive(Args, Debug)]
pub struct Verify {
    /// A file that `kith backup` made, s3://bucket/prefix/name, or a place: then its newest.
    #[arg(value_name = "ARCHIVE")]
    pub archive: String,
    /// See [`Decryption`].
    #[command(flatten)]
    pub decryption: Decryption,
    /// Show also the secrets that are in it: whoever sees them can unlink who is who.
    #[arg(long)]
    pub secrets: bool,
}

/// Reads all of it.
///
/// # Errors
/// When there is none, it cannot be opened, or it is damaged; see [`Failure`].
pub async fn verify(global: &Global, command: &Verify) -> Result<(), Failure> {
    let identities = command.decryption.identities()?;
    let (place, name) = archive(&command.archive).await?;
    let bar = bar("reading");
    let about = check(&place, &name, &identities, &|bytes| bar.set_position(bytes)).await;
    bar.finish_and_clear();
    let about = about?;
    if global.json {
        output::json(&json!({
            "name": name,
            "program": about.program,
            "taken_at": about.taken_at,
            "rows": about.rows(),
            "services": about.services,
            "secrets": command.secrets.then_some(&about.secrets),
        }));
        return Ok(());
    }
    output::line(format_args!("{name} is whole, of {}", about.taken_at));
    for line in summary(&about) {
        output::line(line);
    }
    for (name, secret) in about.secrets.iter().filter(|_| command.secrets) {
        output::line(format_args!("  {name} {secret}"));
    }
    Ok(())
}

fn summary(about: &About) -> Vec<String> {
    let services = about.services.iter().map(|(service, carried)| {
        let tables = carried.tables.iter().filter(|(_, held)| held.rows > 0);
        let tables: Vec<String> = tables
            .map(|(name, held)| format!("{name} {}", held.rows))
            .collect();
        format!("  {service}: {}", tables.join(", "))
    });
    services.collect()
}
