//! Where the services under test keep their state: SQLite; with the feature `distributed`, Neo4j.

use kith_shared::events::network::Band;

#[cfg(feature = "distributed")]
mod neo4j;
#[cfg(not(feature = "distributed"))]
mod sqlite;

#[cfg(feature = "distributed")]
pub(crate) use self::neo4j::Home;
#[cfg(not(feature = "distributed"))]
pub(crate) use self::sqlite::Home;

/// A band as stores keep it.
fn band(number: &str) -> Band {
    match number {
        "0" => Band::Weak,
        "1" => Band::Fair,
        "2" => Band::Good,
        "3" => Band::Strong,
        other => panic!("no band: {other}"),
    }
}
