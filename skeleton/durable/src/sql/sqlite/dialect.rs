//! What SQLite says differently.

/// The database.
pub type Db = sqlx::Sqlite;
/// One connection of it.
pub type Connection = sqlx::SqliteConnection;
/// A pool of them.
pub type Pool = sqlx::SqlitePool;

/// The store's clock in microseconds since 1970.
pub const NOW_MICROS: &str = "CAST(unixepoch('subsec') * 1000000 AS INTEGER)";

/// Takes waiting events. The data folder is locked by one process and a process has one relay an
/// outbox, so nobody else could take them: nothing needs to be written down. Binds: most rows,
/// the lease in microseconds, which is not needed, the id after which to begin, and how long nothing
/// holds the relay back that was not written while the clock was ahead.
pub const CLAIM: &str = "SELECT id, envelope FROM outbox WHERE $2 > 0 AND id > $3 \
     AND NOT EXISTS (SELECT 1 FROM lease WHERE name LIKE 'relay held back %' \
     AND until > CAST(unixepoch('subsec') * 1000000 AS INTEGER) \
     AND until < CAST(unixepoch('subsec') * 1000000 AS INTEGER) + $4) ORDER BY id LIMIT $1";

/// Whether of two claims no two get the same event.
pub const CLAIMS_EXCLUDE: bool = false;
