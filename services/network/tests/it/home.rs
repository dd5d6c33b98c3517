//! Where the services under test keep their state: SQLite; with the feature `distributed`, Neo4j.

#[cfg(feature = "distributed")]
mod neo4j;
#[cfg(not(feature = "distributed"))]
mod sqlite;

#[cfg(feature = "distributed")]
pub(crate) use self::neo4j::Home;
#[cfg(not(feature = "distributed"))]
pub(crate) use self::sqlite::Home;
