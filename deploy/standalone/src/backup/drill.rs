//! The drill: a backup is restored on trial into a throw-away folder, and what is there then is held
//! against what was carried away. So that it is not found out on the day of need that it cannot be.

use std::path::{Path, PathBuf};

use skeleton_archive::{Identities, Place};

use super::{
    About,
    check::check,
    fill::{Target, fill, needs_room},
};
use crate::{data::DataFolder, failure::Failure};

/// What is made in the folder that is named, and gone afterwards.
const THROW_AWAY: &str = "drill";

/// Restores the archive into a folder of its own below `folder`.
///
/// # Errors
/// When it cannot be restored, or something else is there then; see [`Failure`].
pub async fn drill(
    (place, name, identities): (&Place, &str, &Identities),
    folder: &Path,
) -> Result<About, Failure> {
    let about = check(place, name, identities, &|_| {}).await?;
    // What an earlier one left when it was killed is gone then, and takes no room.
    let data = ThrowAway::hold(folder)?;
    needs_room(&about, folder)?;
    let target = Target::folder(&data.folder, &about).await?;
    let services: Vec<String> = about.services.keys().cloned().collect();
    let from = (place, name, identities);
    fill(&target, &services, from, &about, &|_| {}).await?;
    Ok(about)
}

/// Removes what a drill left that was killed: all that it had decrypted.
pub fn sweep(folder: &Path) {
    if folder.join(THROW_AWAY).exists()
        && let Err(error) = ThrowAway::hold(folder)
    {
        tracing::warn!(%error, "what a drill left is still there");
    }
}

/// A data folder that is gone once it is dropped, whatever ends the drill.
struct ThrowAway {
    folder: DataFolder,
    path: PathBuf,
}

impl ThrowAway {
    fn hold(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(THROW_AWAY);
        let folder = DataFolder::hold_to_restore(&path)?;
        Ok(Self { folder, path })
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        let removed = self.folder.give_up().and_then(|()| {
            std::fs::remove_dir_all(&self.path)?;
            Ok(())
        });
        if let Err(error) = removed {
            tracing::warn!(%error, folder = %self.path.display(), "what a drill made is still there");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_drill_left_goes() {
        let folder = tempfile::tempdir().unwrap();
        let drill = ThrowAway::hold(folder.path()).unwrap();
        std::fs::write(drill.folder.path().join("secret"), "").unwrap();
        let path = drill.path.clone();
        drop(drill);
        assert!(!path.exists());
        // As a kill leaves it.
        std::fs::create_dir(&path).unwrap();
        for left in ["lock", "restoring", "users"] {
            std::fs::write(path.join(left), "").unwrap();
        }
        sweep(folder.path());
        assert!(!path.exists());
    }
}
