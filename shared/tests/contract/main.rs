//! What was published is published for ever: the events of today against what is committed.
//!
//! `UPDATE=1 cargo test -p kith-shared` writes what is missing or has grown. It never changes a
//! golden file and never writes a schema that breaks the one before.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr
)]

mod compatibility;
mod examples;
mod golden;
mod schemas;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub const HOW: &str = "to accept it: UPDATE=1 cargo test -p kith-shared, and commit what it writes";

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub fn updating() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}

pub fn read(path: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

pub fn write(path: &Path, value: &Value) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text = serde_json::to_string_pretty(value).unwrap();
    std::fs::write(path, format!("{text}\n")).unwrap();
    eprintln!("wrote {}", path.display());
}
