//! `kith probe`: whether the server on this machine lives, for images that hold no shell to ask with.

use skeleton_host::health;

use crate::{failure::Failure, settings::Settings};

/// Asks it.
///
/// # Errors
/// Unreachable when it does not answer, or not as it should.
pub async fn probe() -> Result<(), Failure> {
    let settings = Settings::load().map_err(|mistakes| Failure::Usage(mistakes.to_string()))?;
    let asked = health::probe(settings.address).await;
    asked.map_err(|error| Failure::Unreachable(format!("{}: {error}", settings.address)))
}
