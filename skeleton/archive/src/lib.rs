//! One file that holds much: entries with digests, compressed, encrypted on request, written to a
//! folder or to an S3-compatible server and read from there, in bounded memory.
//!
//! # The file
//!
//! A tar, compressed by zstd, encrypted in age's format where keys were named: `age -d`, `zstd -d` and
//! `tar` of any system read it. Its entries, in their order:
//!
//! | entry | holds |
//! |---|---|
//! | `format.json` | `{"format":1}`: who does not know that number reads no further |
//! | whatever was given | … |
//! | `manifest.json` | the SHA-256 and size of every entry before it, and what the writer said of the whole |
//!
//! The manifest comes last, so an archive that has one is whole. A file under its final name is there
//! as a whole or not at all; what a killed writer leaves behind has another name.
//!
//! # Keys
//!
//! Jobs encrypt to public keys (`age1…`); who has one of the secret ones reads. For people there are
//! passphrases, which cost about a second of work to try.

mod keys;
mod place;
mod read;
mod write;

pub use keys::{Identities, Recipients};
pub use place::{Listed, Place};
pub use read::{Entry, Reader};
pub use write::Writer;

use serde::{Deserialize, Serialize};

/// The number of the format that is written, and the highest that is read.
pub const FORMAT: u32 = 1;
/// The largest entry: whoever reads holds one of them, and the next, in memory.
pub const ENTRY_BYTES: usize = 32 << 20;

const FORMAT_ENTRY: &str = "format.json";
const MANIFEST_ENTRY: &str = "manifest.json";
/// The longest manifest that is read.
const MANIFEST_BYTES: u64 = 256 << 20;

#[derive(Serialize, Deserialize)]
struct Format {
    format: u32,
}

/// An entry, as the manifest knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
}

impl Digest {
    fn of(name: &str, content: &[u8]) -> Self {
        use sha2::Digest as _;
        Self {
            name: name.to_owned(),
            bytes: content.len() as u64,
            sha256: hex::encode(sha2::Sha256::digest(content)),
        }
    }
}

/// The last entry.
#[derive(Serialize, Deserialize)]
struct Manifest {
    entries: Vec<Digest>,
    /// What the writer said of the whole.
    about: serde_json::Value,
}

/// Why an archive was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is none of that name.
    #[error("there is no archive {0}")]
    Missing(String),
    /// The file is something else.
    #[error("this is no archive: {0}")]
    NotAnArchive(String),
    /// It is encrypted, and none of the keys opens it.
    #[error("{0}")]
    Locked(String),
    /// It is not as it was written.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// A later version wrote it.
    #[error(
        "the archive has the format {0}, and this version reads up to {FORMAT}: use the version that \
         wrote it, or a later one"
    )]
    Newer(u32),
    /// A key that is none.
    #[error("{0}")]
    BadKey(String),
    /// There is one of that name already.
    #[error("there is an archive {0} already")]
    Exists(String),
    /// The folder or server failed.
    #[error("{0:#}")]
    Place(anyhow::Error),
}
