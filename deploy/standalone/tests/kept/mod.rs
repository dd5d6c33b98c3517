//! Data folders as earlier versions left them, and what those versions answered then.
//!
//! They are kept in `tests/folders`: `<date>.tar.zst` is the folder after the program was stopped,
//! `<date>.json` what it had said. A release adds one and removes none.

pub(crate) mod asked;
pub(crate) mod changed;
pub(crate) mod later;
pub(crate) mod lived;
pub(crate) mod operator;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use reqwest::{Client, Method, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{ConnectOptions as _, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::running::{Kith, Session};

const FOLDERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/folders");
/// Slow to pack, quick to unpack.
const COMPRESSION: i32 = 19;

/// A folder that is kept.
pub(crate) struct Kept {
    pub(crate) name: String,
    archive: PathBuf,
    pub(crate) said: Said,
}

/// What the program of then said of it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Said {
    /// `kith --version`.
    pub(crate) version: String,
    /// What is not among the answers, with the reason.
    pub(crate) left_out: BTreeMap<String, String>,
    pub(crate) users: Vec<User>,
    /// What each service holds of each kind of event: counts and digests by account.
    pub(crate) holdings: Value,
    /// `kith reconcile --json`.
    pub(crate) reconciled: Value,
}

/// Somebody who was signed in.
#[derive(Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) email: String,
    pub(crate) token: String,
    /// What was answered, by path.
    pub(crate) answers: BTreeMap<String, Value>,
    /// What was made under an idempotency key.
    pub(crate) creations: Vec<Creation>,
}

/// A request with an idempotency key, and its answer.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Creation {
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) body: Value,
    pub(crate) answer: Value,
}

impl Said {
    pub(crate) fn user(&self, email: &str) -> &User {
        let found = self.users.iter().find(|user| user.email == email);
        found.unwrap_or_else(|| panic!("nobody has the address {email}"))
    }
}

/// All that are kept, the oldest first.
pub(crate) fn folders() -> Vec<Kept> {
    let files = fs::read_dir(FOLDERS).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let mut folders: Vec<Kept> = files
        .filter(|file| file.extension().is_some_and(|it| it == "json"))
        .map(|file| Kept {
            name: file.file_stem().unwrap().to_string_lossy().into_owned(),
            archive: file.with_extension("tar.zst"),
            said: serde_json::from_slice(&fs::read(&file).unwrap()).unwrap(),
        })
        .collect();
    folders.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!folders.is_empty(), "no folder is kept in {FOLDERS}");
    folders
}

impl Kept {
    pub(crate) fn unpack(&self, to: &Path) {
        let archive = zstd::Decoder::new(File::open(&self.archive).unwrap()).unwrap();
        tar::Archive::new(archive).unpack(to).unwrap();
    }
}

/// Keeps a folder that nobody works on, with what was said of it; how many bytes it takes.
pub(crate) fn keep(name: &str, data: &Path, said: &Said) -> u64 {
    let file = Path::new(FOLDERS).join(format!("{name}.tar.zst"));
    let mut archive = zstd::Encoder::new(File::create(&file).unwrap(), COMPRESSION).unwrap();
    archive.long_distance_matching(true).unwrap();
    let mut archive = tar::Builder::new(archive);
    archive.mode(tar::HeaderMode::Deterministic);
    archive.append_dir_all(".", data).unwrap();
    archive.into_inner().unwrap().finish().unwrap();
    let mut text = serde_json::to_string_pretty(said).unwrap();
    text.push('\n');
    fs::write(file.with_extension("").with_extension("json"), text).unwrap();
    file.metadata().unwrap().len()
}

/// As SIGTERM ends it: what is in hand is finished, and the files are closed.
pub(crate) fn stop(mut kith: Kith) {
    let pid = rustix::process::Pid::from_child(&kith.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(kith.child.wait().unwrap().success());
}

/// A file of a stopped program.
pub(crate) async fn database(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    options.connect().await.unwrap()
}

/// The files of the stores below a folder.
pub(crate) fn stores(data: &Path) -> Vec<PathBuf> {
    let services = fs::read_dir(data).unwrap().map(|it| it.unwrap().path());
    let files = services
        .filter(|path| path.is_dir())
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|file| file.extension().is_some_and(|it| it == "sqlite"))
        .collect();
    files.sort();
    files
}

/// A request; `Value::Null` sends no body.
pub(crate) async fn ask(
    session: &Session<'_>,
    method: Method,
    path: &str,
    body: &Value,
    key: Option<&str>,
) -> Response {
    let mut request = Client::new()
        .request(method, session.kith.url(path))
        .bearer_auth(&session.token);
    if !body.is_null() {
        request = request.json(body);
    }
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    request.send().await.unwrap()
}

/// The answer to a request that must not fail; null where it has no body.
pub(crate) async fn send(session: &Session<'_>, method: Method, path: &str, body: Value) -> Value {
    said(path, ask(session, method, path, &body, None).await).await
}

pub(crate) async fn said(path: &str, answer: Response) -> Value {
    let (status, body) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {body}");
    serde_json::from_str(&body).unwrap_or(Value::Null)
}
