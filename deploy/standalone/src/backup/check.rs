//! Reads an archive to its end.

use std::collections::BTreeMap;

use skeleton_archive::{Identities, Place, Reader};
use skeleton_durable::backup::lines::{Tally, split};

use super::{About, held};
use crate::failure::Failure;

/// What an archive says of itself, once it is certain that it holds that.
///
/// # Errors
/// When it cannot be read, is damaged, or holds something else.
pub async fn check(
    place: &Place,
    name: &str,
    identities: &Identities,
    progress: super::make::Progress<'_>,
) -> Result<About, Failure> {
    let mut reader = Reader::open(place, name, identities).await?;
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let (mut wrong, mut read) = (None, 0);
    while let Some(entry) = reader.next().await {
        read += entry.content.len() as u64;
        progress(read);
        let Some(service) = service_of(&entry.name) else {
            continue;
        };
        let tally = tallies.entry(service.to_owned()).or_default();
        for line in split(&entry.content) {
            if wrong.is_none()
                && let Err(error) = tally.add(line)
            {
                wrong = Some(format!("the entry {}: {error}", entry.name));
            }
        }
    }
    // What was damaged on its way says so itself; what was written wrongly does not.
    let about = reader.finish().await?;
    let damaged = |what: String| Failure::Failed(format!("the archive is damaged: {what}"));
    let about: About = serde_json::from_value(about).map_err(|error| {
        damaged(format!(
            "it does not say what it holds, or in another way: {error}"
        ))
    })?;
    if let Some(wrong) = wrong {
        return Err(damaged(wrong));
    }
    for service in about.services.keys() {
        let found = tallies.get(service).map(held).unwrap_or_default();
        if let Some(difference) = about.difference(service, &found) {
            return Err(damaged(difference));
        }
    }
    Ok(about)
}

/// Whose lines an entry holds.
pub(super) fn service_of(entry: &str) -> Option<&str> {
    let (service, file) = entry.split_once('/')?;
    file.ends_with(".lines").then_some(service)
}
