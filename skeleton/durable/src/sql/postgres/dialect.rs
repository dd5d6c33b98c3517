//! What PostgreSQL says differently.

/// The database.
pub type Db = sqlx::Postgres;
/// One connection of it.
pub type Connection = sqlx::PgConnection;
/// A pool of them.
pub type Pool = sqlx::PgPool;

/// The store's clock in microseconds since 1970.
pub const NOW_MICROS: &str = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

/// Takes waiting events: by status and lease, never by a cursor, since commits end in another
/// order than they began. Binds: most rows, the lease in microseconds, the id after which to begin,
/// and by how much longer nothing is claimed or held back that was not written while the clock was ahead.
pub const CLAIM: &str = "UPDATE outbox SET claimed_until = \
     CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) + $2 \
     WHERE id IN (SELECT id FROM outbox WHERE (claimed_until < \
     CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) OR claimed_until > \
     CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) + $2 + $4) AND id > $3 \
     AND NOT EXISTS (SELECT 1 FROM lease WHERE name LIKE 'relay held back %' AND until > \
     CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AND until < \
     CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) + $4) ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id, envelope";

/// Whether of two claims no two get the same event.
pub const CLAIMS_EXCLUDE: bool = true;
