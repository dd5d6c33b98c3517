//! Makes a data folder out of an archive.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use futures::TryStreamExt as _;
use skeleton_archive::{Identities, Place, Reader};
use skeleton_durable::backup::{Backup, RestoreError, lines::Tally};
use uuid::Uuid;

use super::{About, check::service_of, held, make::Progress};
use crate::{data::DataFolder, failure::Failure, program};

/// How much of the disk a folder takes for each byte of lines, generously: indices, the log of what
/// is being written, and the search index.
const DISK_PER_LINE: u64 = 3;

/// Refuses where the disk would run full.
///
/// # Errors
/// When there is too little room, or none can be told of.
pub fn needs_room(about: &About, folder: &Path) -> Result<(), Failure> {
    let free = rustix::fs::statvfs(folder)
        .map_err(|error| Failure::Failed(format!("{}: {error}", folder.display())))?;
    let (free, needed) = (
        free.f_bavail.saturating_mul(free.f_frsize),
        about.bytes().saturating_mul(DISK_PER_LINE),
    );
    if free >= needed {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "the disk of {} has {} MB free and about {} MB are needed; make room, or set KITH_DATA to a \
         folder on another disk",
        folder.display(),
        free >> 20,
        needed >> 20
    )))
}

/// Fills the empty stores of a folder, and reads back what they then hold.
///
/// # Errors
/// When the archive cannot be read, or a store does not take it.
pub async fn fill(
    data: &DataFolder,
    (place, name, identities): (&Place, &str, &Identities),
    about: &About,
    progress: Progress<'_>,
) -> Result<(), Failure> {
    for (name, secret) in &about.secrets {
        data.keep_secret(name, secret)?;
    }
    let stores = program::stores(data.path()).await?;
    for (service, carried) in &about.services {
        let begun = store(&stores, service)?.begin(&carried.origin).await;
        begun.map_err(|error| refused(service, error))?;
    }
    let mut reader = Reader::open(place, name, identities).await?;
    let mut loaded = 0;
    while let Some(entry) = reader.next().await {
        let Some(service) = service_of(&entry.name) else {
            continue;
        };
        let taken = store(&stores, service)?.load(&entry.content).await;
        taken.map_err(|error| refused(service, error))?;
        loaded += entry.content.len() as u64;
        progress(loaded);
    }
    reader.finish().await?;
    // One for all services: whoever comes with what was before knows that it is not of now.
    let epoch = Uuid::now_v7().simple().to_string();
    for service in about.services.keys() {
        let ended = store(&stores, service)?.finish(&epoch).await;
        ended.map_err(|error| refused(service, error))?;
        let lines = store(&stores, service)?.snapshot().await;
        let mut lines = lines.map_err(|error| refused(service, error.into()))?;
        let mut cutter = super::cut::Cutter::default();
        while let Some(piece) = lines
            .try_next()
            .await
            .map_err(|error| refused(service, error.into()))?
        {
            cutter.feed(&piece).map_err(Failure::Failed)?;
        }
        let found: &Tally = &cutter.tally;
        if let Some(difference) = about.difference(service, &held(found)) {
            return Err(Failure::Failed(format!(
                "what was restored is not what was carried away: {difference}"
            )));
        }
    }
    Ok(())
}

fn store<'s>(
    stores: &'s BTreeMap<&'static str, Arc<dyn Backup>>,
    service: &str,
) -> Result<&'s Arc<dyn Backup>, Failure> {
    stores.get(service).ok_or_else(|| {
        Failure::Failed(format!(
            "the archive holds a service {service}, which this version of the program does not have: \
             restore it with the version that wrote it"
        ))
    })
}

fn refused(service: &str, error: RestoreError) -> Failure {
    Failure::Failed(format!("{service}: {error}"))
}
