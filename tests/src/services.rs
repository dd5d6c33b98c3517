//! The list of services, `deploy/services.toml`, as tests read it.

use std::{collections::BTreeMap, path::Path};

/// One service, as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// As in `services/<name>`.
    pub name: String,
    /// On one machine, this far above the gateway's.
    pub port: i64,
    /// The engine that holds what it owns.
    pub store: String,
    /// Engines, services and `outside`, besides its store, the broker and the gateway's keys.
    pub reaches: Vec<String>,
}

/// Every service, in the order of their names.
///
/// # Panics
/// Where the file is not as its head says.
#[must_use]
pub fn listed() -> Vec<Service> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/services.toml");
    let text = std::fs::read_to_string(file).expect("deploy/services.toml is in the repository");
    let tables: BTreeMap<String, toml::Table> =
        toml::from_str(&text).expect("deploy/services.toml holds a table a service");
    tables
        .into_iter()
        .map(|(name, table)| read(name, &table).expect("port, store and reaches, and nothing else"))
        .collect()
}

/// The names of those whose store is in this engine.
#[must_use]
pub fn stored_in(engine: &str) -> Vec<String> {
    let listed = listed().into_iter();
    listed
        .filter(|service| service.store == engine)
        .map(|service| service.name)
        .collect()
}

fn read(name: String, table: &toml::Table) -> Option<Service> {
    let reaches = table.get("reaches")?.as_array()?.iter();
    let service = Service {
        name,
        port: table.get("port")?.as_integer()?,
        store: table.get("store")?.as_str()?.to_owned(),
        reaches: reaches
            .map(|value| value.as_str().map(str::to_owned))
            .collect::<Option<_>>()?,
    };
    (table.len() == 3).then_some(service)
}
