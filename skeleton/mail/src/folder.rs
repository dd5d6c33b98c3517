//! Letters as files of a folder: for an instance without a mail server.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use uuid::Uuid;

use crate::{Letter, Mailer, NotSent, Sender, message::message};

/// Writes each letter as `<id>.eml`.
#[derive(Clone, Debug)]
pub struct FolderMailer {
    folder: PathBuf,
    from: Sender,
}

impl FolderMailer {
    /// Into `folder`, which is created when needed.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, from: Sender) -> Self {
        Self {
            folder: folder.into(),
            from,
        }
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let bytes = message(letter, &self.from.0)?.formatted();
        let (folder, id) = (self.folder.clone(), letter.id);
        tokio::task::spawn_blocking(move || write(&folder, id, &bytes))
            .await
            .map_err(|error| NotSent::Later(error.to_string()))?
            .map_err(|error| NotSent::Later(error.to_string()))
    }
}

/// Whole or not at all, and written twice it is one file.
fn write(folder: &Path, id: Uuid, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    std::fs::create_dir_all(folder)?;
    let (unfinished, finished) = (
        folder.join(format!(".{id}.tmp")),
        folder.join(format!("{id}.eml")),
    );
    let mut file = std::fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(unfinished, finished)?;
    std::fs::File::open(folder)?.sync_all()
}
