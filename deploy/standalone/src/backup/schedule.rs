//! What an operator says of backups that are made by themselves.

use std::{path::PathBuf, time::Duration};

use jiff::SignedDuration;
use skeleton_archive::{Identities, Place, Recipients};
use skeleton_host::settings::Fields;

use super::{
    place::{Decryption, Encryption, kept_place},
    thin::Kept,
};
use crate::failure::Failure;

/// When, where, for whom, and for how long.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// A folder, or `s3://bucket/prefix`; without one none are made.
    pub place: Option<String>,
    /// Who can read them.
    pub encryption: Encryption,
    /// With what the drill opens them.
    pub decryption: Decryption,
    /// How often one is made.
    pub every: Duration,
    /// Which are kept.
    pub kept: Kept,
    /// How often one is restored on trial.
    pub drill_every: Duration,
    /// In which folder, for that moment.
    pub drill_folder: PathBuf,
    /// Who is told by mail when it fails.
    pub notify: Option<String>,
}

impl Schedule {
    /// Reads what begins with `backup_`. On trial one is restored into a folder of `data`, unless
    /// another is named.
    pub fn read(f: &mut Fields<'_>, data: &std::path::Path) -> Self {
        let count = |f: &mut Fields<'_>, name, default, most| {
            usize::try_from(f.number_within(name, default, 0..=most)).unwrap_or(0)
        };
        let longest = f.duration("backup_longest", "370d");
        let this = Self {
            place: f
                .is_set("backup_place")
                .then(|| f.text("backup_place", None)),
            encryption: Encryption {
                recipients: f.list("backup_recipients", ""),
                passphrase_file: None,
            },
            decryption: Decryption {
                identity: f
                    .is_set("backup_identity")
                    .then(|| f.path("backup_identity", None)),
                passphrase_file: None,
            },
            every: f.duration("backup_every", "1h"),
            kept: Kept {
                hours: count(f, "backup_hours", "24", 10_000),
                days: count(f, "backup_days", "14", 10_000),
                months: count(f, "backup_months", "12", 1_000),
                longest: SignedDuration::try_from(longest).unwrap_or(SignedDuration::MAX),
            },
            drill_every: f.duration("backup_drill_every", "7d"),
            drill_folder: f.path("backup_drill_folder", data.to_str()),
            notify: f
                .is_set("backup_notify")
                .then(|| f.text("backup_notify", None)),
        };
        if let Err(failure) = this.encryption.recipients() {
            f.reject("backup_recipients", failure.to_string());
        }
        for (name, time) in [
            ("backup_every", this.every),
            ("backup_drill_every", this.drill_every),
        ] {
            if time < SHORTEST {
                f.reject(name, "a duration of at least 10s");
            }
        }
        // Minutes are written as months would be.
        if longest < SHORTEST_KEPT || longest < this.every * 2 {
            f.reject(
                "backup_longest",
                "a duration of at least 1d and of two backups, such as 370d",
            );
        }
        let notify = this.notify.as_deref();
        if notify.is_some_and(|address| !address.contains('@')) {
            f.reject("backup_notify", "an e-mail address");
        }
        this
    }

    /// Where they are; a folder is made, but not the one that it is in: a disk that is not mounted is
    /// not to be taken for an empty one.
    ///
    /// # Errors
    /// When it is not there.
    pub fn open(&self) -> Result<Place, Failure> {
        let place = self.place.as_deref();
        kept_place(
            place.ok_or_else(|| {
                Failure::Usage("no place is named: set KITH_BACKUP_PLACE".to_owned())
            })?,
        )
    }

    /// For whom they are encrypted.
    ///
    /// # Errors
    /// When a key is none.
    pub fn recipients(&self) -> Result<Recipients, Failure> {
        self.encryption.recipients()
    }

    /// Whether the drill can open them.
    #[must_use]
    pub fn can_open(&self) -> bool {
        self.encryption.recipients.is_empty() || self.decryption.identity.is_some()
    }

    /// With what they are opened.
    ///
    /// # Errors
    /// When the file of keys cannot be read.
    pub fn identities(&self) -> Result<Identities, Failure> {
        self.decryption.identities()
    }
}

/// Anything shorter would do nothing else.
const SHORTEST: Duration = Duration::from_secs(10);
const SHORTEST_KEPT: Duration = Duration::from_secs(24 * 3600);
