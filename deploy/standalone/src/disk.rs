//! The disk that a folder is on.

use std::{io, path::Path, time::Duration};

use rustix::{
    fs::{Access, access, statvfs},
    io::Errno,
};
use tokio_util::sync::CancellationToken;

/// With less there is soon no room for a commit.
const LITTLE_BYTES: u64 = 512 << 20;
/// Nor with a smaller part of the whole, of disks that are small.
const LITTLE_PART: u64 = 20;
const SHOW_EVERY: Duration = Duration::from_secs(15);

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// What is free for this user, in bytes.
    pub free: u64,
    /// All of it, in bytes.
    pub total: u64,
    /// Whether nothing can be written into the folder.
    pub is_read_only: bool,
}

impl Disk {
    /// That of a folder, or of the one that it will be made in.
    ///
    /// # Errors
    /// When nothing can be told of it.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let there = folder.ancestors().find(|folder| folder.is_dir());
        let there = there.unwrap_or(Path::new("."));
        let found = statvfs(there)?;
        let denied = access(there, Access::WRITE_OK);
        Ok(Self {
            free: found.f_bavail.saturating_mul(found.f_frsize),
            total: found.f_blocks.saturating_mul(found.f_frsize),
            is_read_only: matches!(denied, Err(Errno::ROFS | Errno::ACCESS | Errno::PERM)),
        })
    }

    /// What is not well, with what to do.
    #[must_use]
    pub fn wrong(&self) -> Option<&'static str> {
        if self.is_read_only {
            return Some(
                "nothing can be written: mount it writable, or give the folder to the user that Kith \
                 runs as; it goes on by itself",
            );
        }
        (self.free < LITTLE_BYTES.min(self.total / LITTLE_PART)).then_some(
            "make room: once it is full, whatever changes something is answered 503 until there is; \
             nothing that was acknowledged is lost",
        )
    }

    /// Shows that of a folder in the metrics, until `stop`.
    pub async fn show(folder: impl AsRef<Path>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Ok(disk) = Self::of(folder.as_ref()) {
                metrics::gauge!("data_folder_free_bytes").set(disk.free as f64);
                metrics::gauge!("data_folder_total_bytes").set(disk.total as f64);
            }
            let _ = stop
                .run_until_cancelled(tokio::time::sleep(SHOW_EVERY))
                .await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_or_not_writable_is_not_well() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::of(&folder.path().join("not/there")).unwrap();
        assert!(disk.total >= disk.free && !disk.is_read_only);
        let with = |free, total, is_read_only| Disk {
            free,
            total,
            is_read_only,
        };
        for (disk, is_well) in [
            (with(600 << 20, 1 << 40, false), true),
            (with(500 << 20, 1 << 40, false), false),
            // A small one, half empty.
            (with(20 << 20, 40 << 20, false), true),
            (with(1 << 20, 40 << 20, false), false),
            (with(600 << 20, 1 << 40, true), false),
        ] {
            assert_eq!(disk.wrong().is_none(), is_well, "{disk:?}");
        }
    }
}
