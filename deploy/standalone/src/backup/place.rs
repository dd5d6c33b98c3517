//! What a command line says of places and keys.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use skeleton_archive::{Identities, Place, Recipients};
use skeleton_host::upstream;

use super::NAMES;
use crate::failure::Failure;

/// For whom a backup is encrypted.
#[derive(Args, Clone, Debug, Default)]
pub struct Encryption {
    /// Encrypt to this public key of age (age1…); may be given several times.
    #[arg(
        long = "recipient",
        value_name = "KEY",
        env = "KITH_BACKUP_RECIPIENTS",
        value_delimiter = ','
    )]
    pub recipients: Vec<String>,
    /// Encrypt with the passphrase that is the first line of this file.
    #[arg(long, value_name = "FILE", conflicts_with = "recipients")]
    pub passphrase_file: Option<PathBuf>,
}

impl Encryption {
    /// As the archive takes it.
    ///
    /// # Errors
    /// When a key is none, or the file cannot be read.
    pub fn recipients(&self) -> Result<Recipients, Failure> {
        match &self.passphrase_file {
            Some(file) => Ok(Recipients::passphrase(passphrase(file)?)),
            None => Ok(Recipients::keys(
                self.recipients.iter().map(String::as_str),
            )?),
        }
    }
}

/// With what a backup is opened.
#[derive(Args, Clone, Debug, Default)]
pub struct Decryption {
    /// A file with secret keys, as age-keygen writes it.
    #[arg(long, value_name = "FILE", env = "KITH_BACKUP_IDENTITY")]
    pub identity: Option<PathBuf>,
    /// A file whose first line is the passphrase.
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

impl Decryption {
    /// As the archive takes it.
    ///
    /// # Errors
    /// When a file cannot be read or holds no key.
    pub fn identities(&self) -> Result<Identities, Failure> {
        let mut identities = match &self.identity {
            None => Identities::default(),
            Some(file) => Identities::keys(&read(file)?)
                .map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?,
        };
        if let Some(file) = &self.passphrase_file {
            identities = identities.with_passphrase(passphrase(file)?);
        }
        Ok(identities)
    }
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

fn passphrase(file: &Path) -> Result<SecretString, Failure> {
    let text = read(file)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let file = file.display();
        return Err(Failure::Usage(format!(
            "{file}: its first line is empty; expected a passphrase"
        )));
    }
    Ok(SecretString::from(line))
}

/// A folder, which is created, or `s3://bucket/prefix`.
///
/// # Errors
/// When it cannot be made or opened.
pub fn new_place(address: &str) -> Result<Place, Failure> {
    if address.starts_with("s3://") {
        return open_place(address);
    }
    Ok(Place::new_folder(Path::new(address))?)
}

/// The same, for whoever comes every hour: a folder is created only in one that is there. A disk that
/// is not mounted is not to be taken for an empty one.
///
/// # Errors
/// When it cannot be made or opened.
pub fn kept_place(address: &str) -> Result<Place, Failure> {
    let folder = Path::new(address);
    if !address.starts_with("s3://") && !folder.is_dir() {
        std::fs::create_dir(folder).map_err(|error| {
            Failure::Failed(format!(
                "the folder {address} is not there and cannot be made ({error}): is its disk mounted?"
            ))
        })?;
    }
    open_place(address)
}

/// A folder that is there, or `s3://bucket/prefix`.
///
/// # Errors
/// When it cannot be opened.
pub fn open_place(address: &str) -> Result<Place, Failure> {
    if address.starts_with("s3://") {
        upstream::install_tls();
        return Ok(Place::server(address)?);
    }
    Ok(Place::folder(Path::new(address))?)
}

/// An archive of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Its name there.
    pub name: String,
    /// What is in its name.
    pub named: Named,
    /// When it was written, as the place says.
    pub written_at: Timestamp,
    /// Its size.
    pub bytes: u64,
}

impl Archive {
    /// The moment that it shows. Where a clock was ahead of that of the place, that one's word counts.
    #[must_use]
    pub fn taken_at(&self) -> Timestamp {
        self.named.taken_at.min(self.written_at)
    }
}

/// What the name of an archive says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The moment that it shows.
    pub taken_at: Timestamp,
    /// Whose it is: see [`instance`].
    pub instance: String,
}

/// Eight digits that are the same for one Kith for ever, wherever it is moved or restored to, and other
/// ones for every other: so that several may keep their backups in one place, and an empty one that was
/// started by mistake does not take the place of what is missing.
#[must_use]
pub fn instance(secrets: &BTreeMap<String, String>) -> String {
    let secrets: Vec<String> = secrets
        .iter()
        .map(|(name, secret)| format!("{name}={secret}"))
        .collect();
    let digest = Sha256::digest(format!("the place of backups of {}", secrets.join(",")));
    hex::encode(&digest[..4])
}

/// `kith-20261129T230519Z-1a2b3c4d.tar.zst`: by name the order is that of time.
#[must_use]
pub fn name_of(taken_at: Timestamp, instance: &str, is_encrypted: bool) -> String {
    let encrypted = if is_encrypted { ".age" } else { "" };
    let time = taken_at.strftime(TIME);
    format!("{NAMES}{time}-{instance}.tar.zst{encrypted}")
}

/// The archives of a place, the oldest first.
///
/// # Errors
/// When the place fails.
pub async fn archives(place: &Place) -> Result<Vec<Archive>, Failure> {
    let listed = place.list(NAMES).await?.into_iter();
    let archives = listed.filter_map(|file| {
        Some(Archive {
            named: named(&file.name)?,
            name: file.name,
            written_at: file.written_at,
            bytes: file.bytes,
        })
    });
    let mut archives: Vec<Archive> = archives.collect();
    archives.sort_by_key(Archive::taken_at);
    Ok(archives)
}

const TIME: &str = "%Y%m%dT%H%M%SZ";

/// What the name of an archive says; none of a file that is called otherwise.
#[must_use]
pub fn named(name: &str) -> Option<Named> {
    let (name, ending) = name.strip_prefix(NAMES)?.split_once('.')?;
    let (time, instance) = name.split_once('-')?;
    let is_instance = instance.len() == 8 && instance.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_archive = is_instance && ["tar.zst", "tar.zst.age"].contains(&ending);
    let time = jiff::civil::DateTime::strptime(TIME, time).ok()?;
    let taken_at = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    is_archive.then(|| Named {
        taken_at,
        instance: instance.to_owned(),
    })
}

/// The newest archive of a place; none where several Kiths keep theirs there, since one of them may be
/// an empty one that was started by mistake.
async fn newest(place: &Place, address: &str) -> Result<String, Failure> {
    let mut archives = archives(place).await?;
    let instances: BTreeMap<&str, &str> = archives
        .iter()
        .map(|archive| (archive.named.instance.as_str(), archive.name.as_str()))
        .collect();
    if instances.len() > 1 {
        let names: Vec<&str> = instances.into_values().collect();
        return Err(Failure::Usage(format!(
            "{address} holds backups of {} Kiths: name the archive; the newest of each are {}",
            names.len(),
            names.join(", ")
        )));
    }
    let newest = archives.pop().map(|archive| archive.name);
    newest.ok_or_else(|| Failure::NotFound(format!("there is no backup in {address}")))
}

/// An archive: the place that it is in, and its name there. Of a place, the newest.
///
/// # Errors
/// When there is none.
pub async fn archive(address: &str) -> Result<(Place, String), Failure> {
    let is_server = address.starts_with("s3://");
    let is_place = if is_server {
        !address.contains(".tar.zst")
    } else {
        Path::new(address).is_dir()
    };
    if is_place {
        let place = open_place(address)?;
        let newest = newest(&place, address).await?;
        return Ok((place, newest));
    }
    let (folder, name) = address.rsplit_once('/').unwrap_or((".", address));
    if !is_server && !Path::new(address).is_file() {
        return Err(Failure::NotFound(format!("there is no file {address}")));
    }
    let folder = if folder.is_empty() { "/" } else { folder };
    Ok((open_place(folder)?, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_archives_are_told_from_others() {
        for (name, expected) in [
            ("kith-20261129T230519Z-1a2b3c4d.tar.zst", true),
            ("kith-20261129T230519Z-1a2b3c4d.tar.zst.age", true),
            ("kith-20261329T230519Z-1a2b3c4d.tar.zst", false),
            ("kith-20261129T230519Z-1a2b.tar.zst", false),
            ("kith-20261129T230519Z.tar.zst", false),
            ("kith-old.tar.zst", false),
            ("kith-key.txt", false),
            ("20261129T230519Z-1a2b3c4d.tar.zst", false),
            ("kith-20261129T230519Z-1a2b3c4d.tar.zst#1", false),
        ] {
            assert_eq!(named(name).is_some(), expected, "{name}");
        }
        let taken_at = "2026-11-29T23:05:19Z".parse().unwrap();
        let name = name_of(taken_at, "1a2b3c4d", true);
        assert_eq!(name, "kith-20261129T230519Z-1a2b3c4d.tar.zst.age");
        let named = named(&name).unwrap();
        assert_eq!(named.taken_at, taken_at);
        assert_eq!(named.instance, "1a2b3c4d");
    }

    #[test]
    fn an_instance_is_told_by_its_secrets_and_tells_none() {
        let secrets = |secret: &str| BTreeMap::from([("key-hash".to_owned(), secret.to_owned())]);
        assert_eq!(instance(&secrets("a")), instance(&secrets("a")));
        assert_ne!(instance(&secrets("a")), instance(&secrets("b")));
        assert_eq!(instance(&secrets("a")).len(), 8);
    }

    #[tokio::test]
    async fn of_two_kiths_in_one_place_neither_is_taken_for_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().to_str().unwrap();
        let ours = "kith-20250101T000000Z-1a2b3c4d.tar.zst";
        std::fs::write(folder.path().join(ours), "").unwrap();
        assert_eq!(archive(address).await.unwrap().1, ours);
        let other = "kith-20250102T000000Z-99999999.tar.zst";
        std::fs::write(folder.path().join(other), "").unwrap();
        let refused = archive(address).await.unwrap_err().to_string();
        assert!(
            refused.contains(ours) && refused.contains(other),
            "{refused}"
        );
    }
}
