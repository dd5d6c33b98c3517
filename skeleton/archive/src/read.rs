//! Reading one.

use std::io::{self, BufRead as _, BufReader, Read};

use serde_json::Value;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::io::SyncIoBridge;

use crate::{
    ArchiveError, Digest, ENTRY_BYTES, FORMAT, FORMAT_ENTRY, Format, Identities, MANIFEST_BYTES,
    MANIFEST_ENTRY, Manifest, Place,
};

const AGE: &[u8] = b"age-encryption.org/";
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: Vec<u8>,
}

/// An archive that is being read. What an entry holds is certain only once the end was reached:
/// nothing may be made of it before that cannot be undone.
pub struct Reader {
    entries: mpsc::Receiver<Entry>,
    reading: Option<JoinHandle<Result<Value, ArchiveError>>>,
}

impl Reader {
    /// Begins to read.
    ///
    /// # Errors
    /// When there is none, or the place fails.
    pub async fn open(
        place: &Place,
        name: &str,
        identities: &Identities,
    ) -> Result<Self, ArchiveError> {
        let file = SyncIoBridge::new(place.reader(name).await?);
        let (to, entries) = mpsc::channel(1);
        let identities = identities.clone();
        let reading = tokio::task::spawn_blocking(move || read(file, &identities, &to));
        Ok(Self {
            entries,
            reading: Some(reading),
        })
    }

    /// The next entry; none at the end.
    pub async fn next(&mut self) -> Option<Entry> {
        self.entries.recv().await
    }

    /// What the writer said of the whole, once it is certain that this is what was written.
    ///
    /// # Errors
    /// See [`ArchiveError`].
    pub async fn finish(mut self) -> Result<Value, ArchiveError> {
        while self.entries.recv().await.is_some() {}
        match self.reading.take() {
            None => Err(ArchiveError::Damaged("it ended early".to_owned())),
            Some(reading) => reading
                .await
                .unwrap_or_else(|error| Err(ArchiveError::Place(error.into()))),
        }
    }
}

/// Blocks.
fn read<R: Read>(
    file: R,
    identities: &Identities,
    to: &mpsc::Sender<Entry>,
) -> Result<Value, ArchiveError> {
    let mut file = BufReader::with_capacity(64 << 10, file);
    let head = file.fill_buf().map_err(broken)?;
    if head.starts_with(AGE) {
        return decompress(BufReader::new(identities.decrypt(file)?), to);
    }
    if head.is_empty() {
        return Err(ArchiveError::Damaged("it is empty".to_owned()));
    }
    decompress(file, to)
}

fn broken(error: io::Error) -> ArchiveError {
    ArchiveError::Damaged(error.to_string())
}

fn decompress<R: io::BufRead>(
    mut from: R,
    to: &mpsc::Sender<Entry>,
) -> Result<Value, ArchiveError> {
    if !from.fill_buf().map_err(broken)?.starts_with(ZSTD) {
        let what = "expected a tar that is compressed by zstd, encrypted by age or not";
        return Err(ArchiveError::NotAnArchive(what.to_owned()));
    }
    let mut decoder = zstd::Decoder::with_buffer(from)
        .map_err(broken)?
        .single_frame();
    let about = unpack(&mut decoder, to)?;
    // Only at its end is it certain that nothing was cut off: the checksum, and age's last piece.
    io::copy(&mut decoder, &mut io::sink()).map_err(broken)?;
    let mut rest = decoder.finish();
    if io::copy(&mut rest, &mut io::sink()).map_err(broken)? > 0 {
        return Err(ArchiveError::Damaged(
            "something stands behind its end".to_owned(),
        ));
    }
    Ok(about)
}

fn unpack<R: Read>(from: R, to: &mpsc::Sender<Entry>) -> Result<Value, ArchiveError> {
    let damaged = |what: String| ArchiveError::Damaged(what);
    let mut tar = tar::Archive::new(from);
    let mut known: Option<u32> = None;
    let mut digests = Vec::new();
    for entry in tar.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.to_string_lossy().into_owned();
        let size = entry.size();
        let is_manifest = name == MANIFEST_ENTRY;
        if size > ENTRY_BYTES as u64 && !(is_manifest && size <= MANIFEST_BYTES) {
            return Err(damaged(format!("the entry {name} has {size} bytes")));
        }
        let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        entry.read_to_end(&mut content).map_err(broken)?;
        if content.len() as u64 != size {
            return Err(damaged(format!("the entry {name} is cut off")));
        }
        match (known, name.as_str()) {
            (None, FORMAT_ENTRY) => {
                let format: Format = serde_json::from_slice(&content)
                    .map_err(|_| damaged("its format is unreadable".to_owned()))?;
                if format.format > FORMAT {
                    return Err(ArchiveError::Newer(format.format));
                }
                known = Some(format.format);
            }
            (None, _) => {
                let what = format!("it begins with {name} instead of {FORMAT_ENTRY}");
                return Err(ArchiveError::NotAnArchive(what));
            }
            (Some(_), MANIFEST_ENTRY) => return compare(&content, &digests),
            (Some(_), _) => {
                digests.push(Digest::of(&name, &content));
                // Whoever stopped listening wants to know whether the rest is whole, or is gone.
                let _ = to.blocking_send(Entry { name, content });
            }
        }
    }
    Err(damaged("it has no manifest: it was cut off".to_owned()))
}

/// What the manifest says against what was read.
fn compare(manifest: &[u8], digests: &[Digest]) -> Result<Value, ArchiveError> {
    let damaged = |what: String| ArchiveError::Damaged(what);
    let manifest: Manifest = serde_json::from_slice(manifest)
        .map_err(|error| damaged(format!("its manifest: {error}")))?;
    if let Some((told, found)) = (manifest.entries.iter().zip(digests)).find(|(a, b)| a != b) {
        return Err(damaged(format!(
            "the entry {} does not have the digest that its manifest tells of {}",
            found.name, told.name
        )));
    }
    let (told, found) = (manifest.entries.len(), digests.len());
    if told != found {
        return Err(damaged(format!(
            "its manifest tells of {told} entries and it has {found}"
        )));
    }
    Ok(manifest.about)
}
