//! Where archives are kept.

use std::{
    fmt,
    path::{Path as FolderPath, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::TryStreamExt as _;
use jiff::Timestamp;
use object_store::{
    Error, ObjectStore, ObjectStoreExt, buffered::BufWriter, local::LocalFileSystem, path::Path,
};
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

use crate::ArchiveError;

/// A folder, or what names on an S3-compatible server begin with.
#[derive(Clone)]
pub struct Place {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    shown: String,
    /// Where it is a folder of this machine.
    folder: Option<PathBuf>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", self.shown)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name in the place.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was written, as the place says.
    pub written_at: Timestamp,
}

/// Bytes of a part that is sent to a server; ten thousand of them are the longest archive there.
#[cfg(feature = "s3")]
const PART_BYTES: usize = 16 << 20;
/// Bytes written to a file at a time.
const FILE_BYTES: usize = 1 << 20;
/// How long nothing may come from a server.
#[cfg(feature = "s3")]
const SILENCE: Duration = Duration::from_secs(120);
/// How often a request is given again, and how long after the first one; reading an archive is one.
#[cfg(feature = "s3")]
const RETRIES: usize = 5;
#[cfg(feature = "s3")]
const LONGEST_READ: Duration = Duration::from_secs(24 * 3600);
/// What nobody has written to for so long was left by a process that died.
const ABANDONED: Duration = Duration::from_secs(24 * 3600);

impl Place {
    /// A folder, which is created.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new_folder(folder: &FolderPath) -> Result<Self, ArchiveError> {
        std::fs::create_dir_all(folder).map_err(|error| of(folder, error))?;
        Self::folder(folder)
    }

    /// A folder that is there.
    ///
    /// # Errors
    /// When it is not, or cannot be read.
    pub fn folder(folder: &FolderPath) -> Result<Self, ArchiveError> {
        // Synced, file and folder, before it has its name.
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(said)?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            prefix: Path::default(),
            shown: folder.display().to_string(),
            folder: Some(folder.to_owned()),
        })
    }

    /// Removes what writers of names with this ending left in a folder when they were killed, long ago.
    pub(crate) fn sweep(&self, ending: &str) {
        let entries = self.folder.iter().flat_map(std::fs::read_dir).flatten();
        for entry in entries.flatten() {
            let name = entry.file_name();
            // The store writes `name#1` and gives it its name at the end.
            let part = name.to_str().and_then(|name| name.rsplit_once('#'));
            let is_part = part.is_some_and(|(name, number)| {
                name.ends_with(ending) && number.bytes().all(|byte| byte.is_ascii_digit())
            });
            let age = entry.metadata().and_then(|found| found.modified());
            let age = age.map(|at| at.elapsed().unwrap_or_default());
            if is_part && age.is_ok_and(|age| age > ABANDONED) {
                // Another process may have been faster.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// `s3://bucket/prefix`; server, region and keys as in the variables `AWS_…`.
    ///
    /// # Errors
    /// When the address is none, or a variable.
    #[cfg(feature = "s3")]
    pub fn server(address: &str) -> Result<Self, ArchiveError> {
        use object_store::{ClientOptions, RetryConfig, aws::AmazonS3Builder};
        let rest = address.strip_prefix("s3://").unwrap_or(address);
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = std::env::var("AWS_ENDPOINT_URL").or_else(|_| std::env::var("AWS_ENDPOINT"));
        let plain = plain.is_ok_and(|endpoint| endpoint.starts_with("http:"));
        let builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            // An archive is read as slowly as stores take it in, and a part may take minutes to leave a
            // home: what counts is that something moves.
            .with_client_options(
                ClientOptions::default()
                    .with_timeout_disabled()
                    .with_read_timeout(SILENCE)
                    .with_allow_http(plain),
            )
            .with_retry(RetryConfig {
                max_retries: RETRIES,
                retry_timeout: LONGEST_READ,
                ..RetryConfig::default()
            });
        let store = builder.build().map_err(said)?;
        Ok(Self {
            store: Arc::new(store),
            prefix: Path::parse(prefix).map_err(|error| ArchiveError::Place(error.into()))?,
            shown: address.to_owned(),
            folder: None,
        })
    }

    fn path(&self, name: &str) -> Path {
        self.prefix.clone().join(name)
    }

    /// A writer whose file is there once it is shut down.
    pub(crate) fn writer(&self, name: &str) -> BufWriter {
        #[cfg(feature = "s3")]
        let bytes = if self.shown.starts_with("s3:") {
            PART_BYTES
        } else {
            FILE_BYTES
        };
        #[cfg(not(feature = "s3"))]
        let bytes = FILE_BYTES;
        BufWriter::with_capacity(self.store.clone(), self.path(name), bytes).with_max_concurrency(2)
    }

    /// Whether there is a file of that name.
    ///
    /// # Errors
    /// When the place fails.
    pub async fn holds(&self, name: &str) -> Result<bool, ArchiveError> {
        match self.store.head(&self.path(name)).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(said(error)),
        }
    }

    pub(crate) async fn reader(
        &self,
        name: &str,
    ) -> Result<impl AsyncRead + Unpin + Send + use<>, ArchiveError> {
        let found = self.store.get(&self.path(name)).await;
        let found = found.map_err(|error| match error {
            Error::NotFound { .. } => ArchiveError::Missing(format!("{name} in {}", self.shown)),
            error => said(error),
        })?;
        let chunks = found.into_stream().map_err(std::io::Error::other);
        Ok(StreamReader::new(chunks))
    }

    /// The files of the place whose names begin so, by name.
    ///
    /// # Errors
    /// When the place fails.
    pub async fn list(&self, begin: &str) -> Result<Vec<Listed>, ArchiveError> {
        let found = self.store.list_with_delimiter(Some(&self.prefix)).await;
        let mut listed: Vec<Listed> = found
            .map_err(said)?
            .objects
            .into_iter()
            .filter_map(|object| {
                let name = object.location.filename()?.to_owned();
                let seconds = object.last_modified.timestamp();
                (name.starts_with(begin) && !name.contains('#')).then_some(Listed {
                    name,
                    bytes: object.size,
                    written_at: Timestamp::from_second(seconds).ok()?,
                })
            })
            .collect();
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listed)
    }

    /// Removes a file; none there is fine.
    ///
    /// # Errors
    /// When the place fails.
    pub async fn remove(&self, name: &str) -> Result<(), ArchiveError> {
        match self.store.delete(&self.path(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(said(error)),
        }
    }
}

fn of(folder: &FolderPath, error: std::io::Error) -> ArchiveError {
    let error = anyhow::Error::from(error);
    ArchiveError::Place(error.context(format!("the folder {}", folder.display())))
}

/// Without the causes, which its own text ends with.
pub(crate) fn said(error: Error) -> ArchiveError {
    ArchiveError::Place(anyhow::anyhow!("{error}"))
}
