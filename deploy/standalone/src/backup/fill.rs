//! Fills empty stores from an archive: those of a data folder, or those of a deployment whose
//! services wait for it.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use skeleton_archive::{Identities, Place, Reader};
use skeleton_durable::backup::{Backup, RestoreError, lines::Origin};
use skeleton_host::http::Method;
use uuid::Uuid;

use super::{About, Held, check::service_of, cut::Cutter, held, make::Progress};
use crate::{
    api::Answered, commands::operate::Services, data::DataFolder, disk::Disk, failure::Failure,
    program,
};

/// How much of the disk a folder takes for each byte of lines, generously: indices, the log of what
/// is being written, and the search index.
const DISK_PER_LINE: u64 = 3;

/// Refuses where the disk would run full.
///
/// # Errors
/// When there is too little room, or none can be told of.
pub fn needs_room(about: &About, folder: &Path) -> Result<(), Failure> {
    let disk = Disk::of(folder);
    let disk = disk.map_err(|error| Failure::Failed(format!("{}: {error}", folder.display())))?;
    let (free, needed) = (disk.free, about.bytes().saturating_mul(DISK_PER_LINE));
    // Others who write there are left something.
    let needed = needed.saturating_add(needed / 10);
    if free >= needed {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "the disk of {} has {} MB free and about {} MB are needed; make room, or name a folder on \
         another disk",
        folder.display(),
        free >> 20,
        needed >> 20
    )))
}

/// Stores that are to be filled.
pub enum Target<'a> {
    /// Of a folder on which no service runs.
    Folder(BTreeMap<&'static str, Arc<dyn Backup>>),
    /// Of processes that were started with `KITH_RESTORE=true`.
    Deployment(&'a Services<'a>),
}

impl Target<'_> {
    /// The stores of a folder, which gets the secrets of the archive.
    ///
    /// # Errors
    /// When a store cannot be opened or a secret not be kept.
    pub async fn folder(data: &DataFolder, about: &About) -> Result<Self, Failure> {
        for (name, secret) in &about.secrets {
            data.keep_secret(name, secret)?;
        }
        Ok(Self::Folder(program::stores(data.path()).await?))
    }

    async fn begin(&self, service: &str, origin: &Origin) -> Result<(), Failure> {
        match self {
            Self::Folder(stores) => {
                let begun = store(stores, service)?.begin(origin).await;
                begun.map_err(|error| refused(service, &error))
            }
            Self::Deployment(services) => {
                let origin = serde_json::to_value(origin).unwrap_or_default();
                ask(services, service, "begin", &origin).await
            }
        }
    }

    async fn load(&self, service: &str, lines: Vec<u8>) -> Result<(), Failure> {
        match self {
            Self::Folder(stores) => {
                let loaded = store(stores, service)?.load(&lines).await;
                loaded.map(drop).map_err(|error| refused(service, &error))
            }
            Self::Deployment(services) => {
                let sent = services.send(service, "restore/lines", lines).await;
                sent.map_err(|failure| of(service, failure))
            }
        }
    }

    async fn finish(&self, service: &str, epoch: &str) -> Result<(), Failure> {
        match self {
            Self::Folder(stores) => {
                let finished = store(stores, service)?.finish(epoch).await;
                finished.map_err(|error| refused(service, &error))
            }
            Self::Deployment(services) => {
                ask(services, service, "finish", &json!({"epoch": epoch})).await
            }
        }
    }

    /// What a store holds by now.
    async fn held(&self, service: &str) -> Result<BTreeMap<String, Held>, Failure> {
        let mut lines: Answered = match self {
            Self::Folder(stores) => {
                let lines = store(stores, service)?.snapshot().await;
                let lines = lines.map_err(|error| refused(service, &error.into()))?;
                lines.map_err(|error| error.to_string()).boxed_local()
            }
            Self::Deployment(services) => services.stream(service, "backup/lines").await?,
        };
        let mut cutter = Cutter::default();
        while let Some(piece) = lines.try_next().await.map_err(Failure::Failed)? {
            cutter.feed(&piece).map_err(Failure::Failed)?;
        }
        Ok(held(&cutter.tally))
    }
}

/// The services that wait for the archive, with the secrets that it was made with; those that took it
/// at an earlier attempt are left out.
///
/// # Errors
/// When one does not wait, or is set up with another secret.
pub async fn waiting_for(services: &Services<'_>, about: &About) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for service in about.services.keys() {
        let waiting = match services.get(service, "restore").await {
            Ok(waiting) => waiting,
            Err(failure) => {
                let status = services.get(service, "status").await.unwrap_or_default();
                if status["epoch"] == epoch_of(about).as_str() {
                    continue;
                }
                return Err(Failure::Failed(format!(
                    "{service} does not wait for a restore: start its process with \
                     KITH_RESTORE=true on an empty store ({failure})"
                )));
            }
        };
        names.push(service.clone());
        for (name, here) in waiting["secrets"].as_object().into_iter().flatten() {
            let carried = about.secrets.get(name).map(String::as_str);
            if carried.is_some() && carried != here.as_str() {
                return Err(Failure::Failed(format!(
                    "{service} is set up with another {name} than the archive was made with, and \
                     what was hashed with it would match nothing: `kith verify --secrets` shows the \
                     archive's; set KITH_{} to it",
                    name.to_uppercase().replace('-', "_")
                )));
            }
        }
    }
    Ok(names)
}

/// What tells stores that were filled from this archive from all others.
fn epoch_of(about: &About) -> String {
    let text = serde_json::to_vec(about).unwrap_or_default();
    Uuid::new_v5(&Uuid::NAMESPACE_OID, &text)
        .simple()
        .to_string()
}

/// Fills the stores of `services`, and reads back what they then hold.
///
/// # Errors
/// When the archive cannot be read, or a store does not take it.
pub async fn fill(
    target: &Target<'_>,
    services: &[String],
    (place, name, identities): (&Place, &str, &Identities),
    about: &About,
    progress: Progress<'_>,
) -> Result<(), Failure> {
    if services.is_empty() {
        return Ok(());
    }
    for service in services {
        if let Some(carried) = about.services.get(service) {
            target.begin(service, &carried.origin).await?;
        }
    }
    let mut reader = Reader::open(place, name, identities).await?;
    let mut loaded = 0;
    while let Some(entry) = reader.next().await {
        loaded += entry.content.len() as u64;
        progress(loaded);
        if let Some(service) = service_of(&entry.name)
            && services.iter().any(|wanted| wanted == service)
        {
            let service = service.to_owned();
            target.load(&service, entry.content).await?;
        }
    }
    reader.finish().await?;
    for service in services {
        let found = target.held(service).await?;
        if let Some(difference) = about.difference(service, &found) {
            return Err(Failure::Failed(format!(
                "what was restored is not what was carried away: {difference}"
            )));
        }
    }
    // The same for all services, and at every attempt.
    let epoch = epoch_of(about);
    for service in services {
        target.finish(service, &epoch).await?;
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

async fn ask(
    services: &Services<'_>,
    service: &str,
    what: &str,
    body: &Value,
) -> Result<(), Failure> {
    let what = format!("restore/{what}");
    let asked = services.ask(Method::POST, service, &what, Some(body)).await;
    asked.map(drop).map_err(|failure| of(service, failure))
}

fn of(service: &str, failure: Failure) -> Failure {
    Failure::Failed(format!("{service}: {failure}"))
}

fn refused(service: &str, error: &RestoreError) -> Failure {
    Failure::Failed(format!("{service}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_told_before_anything_is_written() {
        let about = |bytes| About {
            program: "0".to_owned(),
            taken_at: jiff::Timestamp::UNIX_EPOCH,
            services: BTreeMap::from([(
                "users".to_owned(),
                super::super::Carried {
                    origin: serde_json::from_value(json!({"store": "sqlite", "migrations": {}}))
                        .unwrap(),
                    bytes,
                    tables: BTreeMap::new(),
                },
            )]),
            secrets: BTreeMap::new(),
        };
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("not/there");
        needs_room(&about(1), &there).unwrap();
        let refused = needs_room(&about(1 << 60), &there).unwrap_err().to_string();
        assert!(
            refused.contains("MB free") && refused.contains("needed"),
            "{refused}"
        );
        assert!(!there.exists());
    }
}
