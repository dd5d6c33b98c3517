//! A URL whose scheme picks the adapter of a port.

use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::path::PathBuf;
use url::Url;

/// What kind of adapter a URL asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sqlite:path` or `sqlite::memory:`.
    Sqlite,
    /// `postgres://…`.
    Postgres,
    /// `bolt://…` (also `neo4j://…`).
    Bolt,
    /// `amqp://…` or `amqps://…`.
    Amqp,
    /// `http://…` or `https://…`.
    Http,
    /// `memory:`: nothing is kept.
    Memory,
    /// `file:path`, or a plain path.
    Folder,
}

/// Where a store, a broker or a folder is. Its `Debug` and `Display` hide the password.
#[derive(Clone)]
pub struct StoreUrl {
    scheme: Scheme,
    text: SecretString,
}

impl StoreUrl {
    pub(super) const EXPECTED: &'static str =
        "a store such as sqlite:./data/app.db, postgres://user@host/name or a folder";

    /// Parses `text`.
    ///
    /// # Errors
    /// Says what was expected; never repeats the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let Some(scheme) = scheme_of(text) else {
            let found = text.split_once(':').map_or("", |(scheme, _)| scheme);
            return Err(format!(
                "expected {}, found scheme {found:?} \
                 (known: sqlite, postgres, bolt, amqp, http, https, memory, file)",
                Self::EXPECTED
            ));
        };
        let needs_host = matches!(
            scheme,
            Scheme::Postgres | Scheme::Bolt | Scheme::Amqp | Scheme::Http
        );
        if needs_host && !Url::parse(text).is_ok_and(|url| url.has_host()) {
            return Err("expected scheme://[user[:password]@]host[:port][/name]".to_owned());
        }
        let url = Self {
            scheme,
            text: SecretString::from(text),
        };
        if matches!(scheme, Scheme::Sqlite | Scheme::Folder) && url.path().as_os_str().is_empty() {
            return Err("expected a path after the scheme".to_owned());
        }
        Ok(url)
    }

    pub(super) fn placeholder() -> Self {
        Self {
            scheme: Scheme::Memory,
            text: SecretString::from("memory:"),
        }
    }

    /// Which adapter it asks for.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The whole text, password included: for the adapter that connects, never for a log.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// What follows `sqlite:`, `file:` or the plain path (`:memory:` for `sqlite::memory:`).
    pub fn path(&self) -> PathBuf {
        let text = self.expose();
        let path = text
            .strip_prefix("sqlite:")
            .or_else(|| text.strip_prefix("file:"));
        let path = path.unwrap_or(text);
        let path = path.strip_prefix("//").unwrap_or(path);
        PathBuf::from(path.split('?').next().unwrap_or(path))
    }

    /// Whether nothing of it outlives the process.
    pub fn is_ephemeral(&self) -> bool {
        self.scheme == Scheme::Memory || self.expose().starts_with("sqlite::memory:")
    }
}

fn scheme_of(text: &str) -> Option<Scheme> {
    match text.split_once(':') {
        Some(("sqlite", _)) => Some(Scheme::Sqlite),
        Some(("postgres" | "postgresql", _)) => Some(Scheme::Postgres),
        Some(("bolt" | "bolt+s" | "neo4j" | "neo4j+s", _)) => Some(Scheme::Bolt),
        Some(("amqp" | "amqps", _)) => Some(Scheme::Amqp),
        Some(("http" | "https", _)) => Some(Scheme::Http),
        Some(("memory", _)) => Some(Scheme::Memory),
        Some(("file", _)) | None => Some(Scheme::Folder),
        Some((other, _)) if other.contains(['/', '.']) => Some(Scheme::Folder),
        Some(_) => None,
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Url::parse(self.expose()) {
            Ok(mut url) if url.has_host() => {
                if url.password().is_some() {
                    let _ = url.set_password(Some("***"));
                }
                // Credentials may hide in the query too.
                if url.query().is_some() {
                    url.set_query(Some("***"));
                }
                write!(f, "{url}")
            }
            _ => write!(f, "{}", self.expose()),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

impl PartialEq for StoreUrl {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for StoreUrl {}
