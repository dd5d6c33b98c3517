//! The data folder: held by one process at a time, with the instance's secrets in it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Write},
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

const SERVER_FILE: &str = "server.json";
const LOCK_FILE: &str = "lock";
/// There while a restore into the folder is unfinished.
const RESTORING_FILE: &str = "restoring";

/// The folder, held until dropped.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

/// The server that holds a folder, as it says in the folder.
#[derive(Serialize, Deserialize)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process.
    pub pid: u32,
    /// With this a program on this machine acts for any account.
    operator_token: String,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// See the field.
    #[must_use]
    pub fn operator_token(&self) -> SecretString {
        SecretString::from(self.operator_token.clone())
    }
}

impl DataFolder {
    /// Makes the folder if need be and holds it; none when another process does.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn try_hold(path: &Path) -> Result<Option<Self>, Failure> {
        let Some(held) = Self::try_lock(path)? else {
            return Ok(None);
        };
        if held.path.join(RESTORING_FILE).exists() {
            return Err(Failure::Failed(format!(
                "a restore into the data folder {} was not finished: give `kith restore` once more, \
                 or remove the folder",
                path.display()
            )));
        }
        Ok(Some(held))
    }

    /// Holds an empty folder to restore into it, or one in which a restore was not finished: what
    /// that brought is removed. Until [`DataFolder::restored`] nothing else uses the folder.
    ///
    /// # Errors
    /// When it is in use, holds anything else, or cannot be written.
    pub fn hold_to_restore(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let held = Self::try_lock(path)?.ok_or_else(|| {
            Failure::Failed(format!(
                "another kith process holds the data folder {shown}; stop it"
            ))
        })?;
        let mark = held.path.join(RESTORING_FILE);
        let is_begun = mark.exists();
        if is_begun {
            held.clear()?;
        } else if let Some(name) = held.others()?.first() {
            return Err(Failure::Failed(format!(
                "the data folder {shown} is not empty (there is {}); set KITH_DATA to a folder that \
                 is empty or not there",
                name.display()
            )));
        }
        write_private(&mark, b"")?;
        File::open(&held.path)?.sync_all()?;
        Ok(held)
    }

    /// What is in the folder besides what holds it.
    fn others(&self) -> std::io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(&self.path)?.map(|entry| entry.map(|entry| entry.path()));
        let entries: Vec<PathBuf> = entries.collect::<Result<_, _>>()?;
        let own = [LOCK_FILE, RESTORING_FILE].map(|name| self.path.join(name));
        Ok(entries
            .into_iter()
            .filter(|path| !own.contains(path))
            .collect())
    }

    fn clear(&self) -> std::io::Result<()> {
        self.others()?.iter().try_for_each(|path| {
            if path.is_dir() {
                fs::remove_dir_all(path)
            } else {
                fs::remove_file(path)
            }
        })
    }

    /// The restore came to nothing: what it brought goes, and the folder is empty again.
    ///
    /// # Errors
    /// When that cannot be done; the mark stays then.
    pub fn give_up(&self) -> Result<(), Failure> {
        self.clear()?;
        self.restored()
    }

    /// The restore is complete.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub fn restored(&self) -> Result<(), Failure> {
        fs::remove_file(self.path.join(RESTORING_FILE))?;
        Ok(File::open(&self.path)?.sync_all()?)
    }

    /// Keeps a secret that comes from elsewhere.
    ///
    /// # Errors
    /// When it is none, or cannot be written.
    pub fn keep_secret(&self, name: &str, secret: &str) -> Result<(), Failure> {
        let is_name = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if !is_name || secret.len() != 64 || !secret.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Failure::Failed(format!(
                "the secret {name} cannot be kept in a data folder: expected 64 hexadecimal digits"
            )));
        }
        let folder = self.path.join("secrets");
        make_folder(&folder)?;
        write_private(&folder.join(name), secret.as_bytes())?;
        Ok(())
    }

    fn try_lock(path: &Path) -> Result<Option<Self>, Failure> {
        let failed = |error: std::io::Error| {
            Failure::Failed(format!(
                "cannot use the data folder {}: {error}; set KITH_DATA to one that you can write",
                path.display()
            ))
        };
        make_folder(path).map_err(failed)?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join(LOCK_FILE))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let path = path.canonicalize().map_err(failed)?;
        // Whoever wrote it is gone: we hold the folder.
        let _ = fs::remove_file(path.join(SERVER_FILE));
        Ok(Some(Self { path, _lock: lock }))
    }

    /// Where it is, absolute.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A secret of the instance, made at first use: 64 hexadecimal digits.
    ///
    /// # Errors
    /// When it cannot be read or written, or was damaged.
    pub fn secret(&self, name: &str) -> anyhow::Result<SecretString> {
        let folder = self.path.join("secrets");
        make_folder(&folder).context("making the folder of secrets")?;
        let file = folder.join(name);
        match fs::read_to_string(&file) {
            Ok(text) => {
                let text = text.trim();
                anyhow::ensure!(
                    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()),
                    "the secret {} is damaged: expected 64 hexadecimal digits; restore it from a \
                     backup, since what was hashed with it cannot be matched without it",
                    file.display()
                );
                Ok(SecretString::from(text))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let fresh = hex::encode(rand::random::<[u8; 32]>());
                write_private(&file, fresh.as_bytes())
                    .with_context(|| format!("writing {}", file.display()))?;
                Ok(SecretString::from(fresh))
            }
            Err(error) => Err(error).with_context(|| format!("reading {}", file.display())),
        }
    }

    /// Says where this process listens and how the owner gets in.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn announce(&self, address: SocketAddr, operator: &SecretString) -> anyhow::Result<()> {
        let server = Server {
            address,
            pid: std::process::id(),
            operator_token: operator.expose_secret().to_owned(),
        };
        let text = serde_json::to_vec(&server)?;
        write_private(&self.path.join(SERVER_FILE), &text).context("writing server.json")
    }

    /// No longer listening.
    pub fn withdraw(&self) {
        let _ = fs::remove_file(self.path.join(SERVER_FILE));
    }
}

/// The server that holds the folder, once it listens.
#[must_use]
pub fn server_of(path: &Path) -> Option<Server> {
    let mut text = String::new();
    File::open(path.join(SERVER_FILE))
        .ok()?
        .read_to_string(&mut text)
        .ok()?;
    serde_json::from_str(&text).ok()
}

/// A folder that nobody else may look into.
fn make_folder(path: &Path) -> std::io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// A file that nobody else may read, there as a whole or not at all.
fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    let _ = fs::remove_file(&draft);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_folder_is_held_by_one_and_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/kith");
        let held = DataFolder::try_hold(&path).unwrap().unwrap();
        assert!(DataFolder::try_hold(&path).unwrap().is_none());
        held.announce("127.0.0.1:8400".parse().unwrap(), &SecretString::from("t"))
            .unwrap();
        assert_eq!(server_of(&path).unwrap().address.port(), 8400);
        drop(held);
        let again = DataFolder::try_hold(&path).unwrap().unwrap();
        assert!(
            server_of(again.path()).is_none(),
            "what a dead process said is gone"
        );
    }

    #[test]
    fn secrets_stay_and_are_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let held = DataFolder::try_hold(folder.path()).unwrap().unwrap();
        let secret = held.secret("key-hash").unwrap();
        assert_eq!(
            secret.expose_secret(),
            held.secret("key-hash").unwrap().expose_secret()
        );
        assert_ne!(
            secret.expose_secret(),
            held.secret("tokens").unwrap().expose_secret()
        );
        let file = held.path().join("secrets/key-hash");
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::write(&file, "damaged").unwrap();
        assert!(
            held.secret("key-hash")
                .unwrap_err()
                .to_string()
                .contains("damaged")
        );
    }
}
