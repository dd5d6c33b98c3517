//! How long each event took: when its command was sent and when its effect was durable, a line of
//! fixed length each, so that the file's size says how many arrived.

use std::{
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    sync::{Mutex, PoisonError},
};

use crate::payload;

/// The file that the consumer writes.
pub(crate) struct Lags(Mutex<File>);

impl Lags {
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Mutex::new(file)))
    }

    /// Writes down that effects are durable now; one write for all of them.
    pub(crate) fn durable<'a>(&self, names: impl Iterator<Item = &'a str>) -> std::io::Result<()> {
        let now = payload::now_micros();
        let mut lines = String::new();
        for sent in names.filter_map(payload::sent_micros) {
            let _ = writeln!(lines, "{sent:016} {now:016}");
        }
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(lines.as_bytes())
    }
}
