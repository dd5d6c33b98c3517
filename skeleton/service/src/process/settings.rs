//! Settings that every service has as a process of its own.

use std::{net::SocketAddr, path::PathBuf};

use skeleton_host::{
    http::{HttpSettings, PerAddress, ServeSettings},
    settings::{Fields, Scheme, StoreUrl},
    telemetry::TelemetrySettings,
};
use url::Url;

pub(super) struct Common {
    /// Where to listen.
    pub(super) address: SocketAddr,
    pub(super) bus: StoreUrl,
    /// Name of the exchange, and the first part of the queues' names.
    pub(super) exchange: String,
    /// Whether it declares every queue, instead of its own alone.
    pub(super) declares_everything: bool,
    /// Where the gateway's public keys are; none for the gateway itself.
    pub(super) keys: Vec<Url>,
    /// Folder for what a service must keep in files, if anything.
    pub(super) data: PathBuf,
    /// Whether it waits until its store was restored from a backup.
    pub(super) restore: bool,
    pub(super) telemetry: TelemetrySettings,
    pub(super) http: HttpSettings,
    pub(super) serve: ServeSettings,
}

impl Common {
    pub(super) fn read(f: &mut Fields<'_>, address: &str, per_address: PerAddress) -> Self {
        f.is_set("config");
        Self {
            address: f.address("address", address),
            bus: store(
                f,
                "bus",
                Scheme::Amqp,
                "amqp://user:password@host:port/vhost",
            ),
            exchange: f.text("exchange", "kith"),
            declares_everything: f.one_of("topology", "everything", &["everything", "own"])
                == "everything",
            keys: keys(f),
            data: f.path("data", "."),
            restore: f.flag("restore", false),
            telemetry: TelemetrySettings::read(f),
            http: HttpSettings::read(f),
            serve: ServeSettings::read_for_a_replica(f, per_address),
        }
    }
}

fn keys(f: &mut Fields<'_>) -> Vec<Url> {
    let mut urls = Vec::new();
    for text in f.list("keys", "") {
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => urls.push(url),
            _ => f.reject(
                "keys",
                "expected where the gateway's keys are: http://gateway:8400/.well-known/jwks.json",
            ),
        }
    }
    urls
}

fn store(f: &mut Fields<'_>, name: &str, scheme: Scheme, example: &str) -> StoreUrl {
    let url = f.store_url(name, None);
    if f.is_set(name) && url.scheme() != scheme {
        // It may hold a password.
        f.reject_secret(name, format!("expected {example}"));
    }
    url
}

/// Reads `store` and `store_connections` of a service on PostgreSQL.
#[cfg(feature = "postgres")]
pub fn postgres(f: &mut Fields<'_>) -> skeleton_durable::sql::postgres::Settings {
    let example = "postgres://user:password@host:port/database";
    let url = store(f, "store", Scheme::Postgres, example);
    skeleton_durable::sql::postgres::Settings {
        url: url.expose().to_owned(),
        connections: connections(f),
    }
}

/// Reads `store` and `store_connections` of a service on Neo4j.
#[cfg(feature = "neo4j")]
pub fn neo4j(f: &mut Fields<'_>) -> skeleton_durable::neo4j::Settings {
    let example = "bolt://user:password@host:port";
    let url = store(f, "store", Scheme::Bolt, example);
    skeleton_durable::neo4j::Settings {
        url: url.expose().to_owned(),
        connections: connections(f) as usize,
    }
}

/// Reads `blobs`: the word `rows`, a folder, or `s3://bucket/prefix`, whose server and key are in
/// the section `s3`.
#[cfg(feature = "s3")]
pub fn blobs(f: &mut Fields<'_>) -> skeleton_durable::blobs::Place {
    use secrecy::ExposeSecret;
    use skeleton_durable::blobs::{Bucket, Place};
    let text = f.text("blobs", "rows");
    if text == "rows" {
        return Place::Rows;
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Place::Folder(text.into());
    };
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if scheme != "s3" || name.is_empty() || rest.contains(['@', '?', '#']) {
        f.reject_secret("blobs", "expected rows, a folder, or s3://bucket/prefix");
    }
    f.section("s3", |f| {
        let endpoint = f.optional_url("endpoint");
        let region = f.is_set("region").then(|| f.text("region", None));
        let key = f.is_set("access_key_id") || f.is_set("secret_access_key");
        Place::Server(Bucket {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: endpoint.map(|url| url.as_str().trim_end_matches('/').to_owned()),
            region,
            key: key.then(|| {
                let secret = f.secret("secret_access_key", 1);
                let id = f.text("access_key_id", None);
                (id, secret.expose_secret().to_owned())
            }),
        })
    })
}

#[cfg(any(feature = "postgres", feature = "neo4j"))]
fn connections(f: &mut Fields<'_>) -> u32 {
    u32::try_from(f.number_within("store_connections", "12", 2..=1_000)).unwrap_or(12)
}
