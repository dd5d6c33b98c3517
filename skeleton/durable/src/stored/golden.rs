//! Golden files of what is stored: `tests/golden/<table>.<column>.<form>.json` of a crate.
//!
//! ```ignore
//! #[test]
//! fn every_stored_form_is_read_for_ever() {
//!     let mut golden = Golden::of(env!("CARGO_MANIFEST_DIR"));
//!     golden.holds(&StoredMembers(vec!["ada".to_owned()]));
//!     golden.holds(&StoredVerified(vec![]));
//!     golden.finish();
//! }
//! ```
//!
//! `holds` reads every form of the type, writes each again and compares: what was read must not lose
//! anything that a version wrote. The example must be written exactly as one of the forms, byte for
//! byte: otherwise this version writes a form that has no golden file. A new form is a new file; a
//! file that was published is never changed.
//!
//! `finish` fails for an `impl Stored for` in the crate's `src` that the test does not name, and for a
//! golden file that no type reads.

use std::{
    any::type_name,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use super::{Stored, read, write};

/// The golden files of one crate.
#[derive(Debug)]
pub struct Golden {
    krate: PathBuf,
    /// By name, those no type has read yet.
    files: BTreeMap<String, String>,
    types: BTreeSet<String>,
}

impl Golden {
    /// Those of the crate in `folder`, its `CARGO_MANIFEST_DIR`.
    ///
    /// # Panics
    /// When a file cannot be read.
    pub fn of(folder: &str) -> Self {
        let krate = PathBuf::from(folder);
        let mut files = BTreeMap::new();
        for path in all_files(&krate.join("tests/golden"), "json") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            files.insert(name, text.trim_end_matches('\n').to_owned());
        }
        Self {
            krate,
            files,
            types: BTreeSet::new(),
        }
    }

    /// Reads every form of `T`, and compares `example` with the form that this version writes.
    ///
    /// # Panics
    /// When there is none, one cannot be read, or one says something else when it is written again.
    pub fn holds<T: Stored>(&mut self, example: &T) {
        self.types.insert(own_name(type_name::<T>()));
        let begins = format!("{}.{}.", T::TABLE, T::COLUMN);
        let names: Vec<String> = self
            .files
            .keys()
            .filter(|name| name.starts_with(&begins))
            .cloned()
            .collect();
        let mut written_so = false;
        for name in &names {
            let text = self.files.remove(name).unwrap();
            let value: T = read(&text, name).unwrap_or_else(|error| panic!("{error}"));
            let again: T = read(&write(&value), name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(
                write(&value),
                write(&again),
                "{name} is lost by being written again"
            );
            written_so |= text == write(example);
        }
        assert!(
            written_so,
            "there is no golden file {begins}<form>.json with the form that is written now: {}",
            write(example)
        );
    }

    /// Ends the comparison: all of the crate was held.
    ///
    /// # Panics
    /// When a stored type has no golden file, or a golden file no type.
    pub fn finish(self) {
        for path in all_files(&self.krate.join("src"), "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            for name in code.lines().filter_map(implemented) {
                assert!(
                    self.types.contains(name),
                    "{name} in {} is stored and has no golden file",
                    path.display()
                );
            }
        }
        let unread: Vec<&String> = self.files.keys().collect();
        assert!(unread.is_empty(), "no stored type reads {unread:?}");
    }
}

/// The type of a line `impl Stored for Type {`.
fn implemented(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("impl Stored for ")?;
    let path = rest.trim_end_matches(['{', ' ']);
    Some(path.rsplit("::").next().unwrap_or(path))
}

/// The last part of a type's path, without its parameters.
fn own_name(path: &str) -> String {
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path).to_owned()
}

/// The files below a folder that end so; none where there is no such folder.
fn all_files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
