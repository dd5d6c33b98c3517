//! What a command line says of places and keys.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{Timestamp, tz::TimeZone};
use secrecy::SecretString;
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
    /// The moment that it shows.
    pub taken_at: Timestamp,
    /// Its size.
    pub bytes: u64,
}

/// The archives of a place, the oldest first.
///
/// # Errors
/// When the place fails.
pub async fn archives(place: &Place) -> Result<Vec<Archive>, Failure> {
    let listed = place.list(NAMES).await?.into_iter();
    let archives = listed.filter_map(|file| {
        Some(Archive {
            taken_at: taken_at(&file.name)?,
            name: file.name,
            bytes: file.bytes,
        })
    });
    Ok(archives.collect())
}

/// The moment that an archive shows, by its name: `kith-20261129T230519Z.tar.zst`, `….age`; none of a
/// file that is called otherwise.
#[must_use]
pub fn taken_at(name: &str) -> Option<Timestamp> {
    let (time, ending) = name.strip_prefix(NAMES)?.split_once('.')?;
    let is_archive = ["tar.zst", "tar.zst.age"].contains(&ending);
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
    let time = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    is_archive.then_some(time)
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
        let newest = archives(&place).await?.pop();
        let newest =
            newest.ok_or_else(|| Failure::NotFound(format!("there is no backup in {address}")))?;
        return Ok((place, newest.name));
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
    use super::taken_at;

    #[test]
    fn names_of_archives_are_told_from_others() {
        for (name, expected) in [
            ("kith-20261129T230519Z.tar.zst", true),
            ("kith-20261129T230519Z.tar.zst.age", true),
            ("kith-20261329T230519Z.tar.zst", false),
            ("kith-old.tar.zst", false),
            ("kith-key.txt", false),
            ("20261129T230519Z.tar.zst", false),
            ("kith-20261129T230519Z.tar.zst#1", false),
        ] {
            assert_eq!(taken_at(name).is_some(), expected, "{name}");
        }
        let at = taken_at("kith-20261129T230519Z.tar.zst").unwrap();
        assert_eq!(at.to_string(), "2026-11-29T23:05:19Z");
    }
}
