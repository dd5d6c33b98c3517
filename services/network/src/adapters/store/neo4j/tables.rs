//! All nodes and relationships, to be read one by one: what `kith doctor` finds that cannot be read.

use kith_shared::ids::NoteId;
use skeleton_durable::{neo4j::scan::Table, stored::moment};

use super::rows::{self, get};

/// The kinds of node, in the order in which they are examined. Each is read where an event brought it; what is only known by name holds
/// nothing to be read.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "Account",
        text: "MATCH (a:Account) WHERE a.id > $after AND a.version > 0 \
               WITH a ORDER BY a.id LIMIT $limit RETURN a.id AS row_key, a.id AS id, \
               a.version AS version, a.display_name AS display_name, a.verified AS verified",
        read: |row| rows::account(row).map(drop),
    },
    Table {
        name: "Circle",
        text: "MATCH (c:Circle) WHERE c.id > $after WITH c ORDER BY c.id LIMIT $limit \
               RETURN c.id AS row_key, c.id AS id, c.version AS version, c.name AS name, \
               c.members AS members",
        read: |row| rows::circle(row).map(drop),
    },
    Table {
        name: "Person",
        text: "MATCH (p:Person) WHERE p.id > $after WITH p ORDER BY p.id LIMIT $limit \
               RETURN p.id AS row_key, p.id AS id, p.account AS account, p.version AS version, \
               p.state AS state, p.display_name AS display_name, p.employments AS employments, \
               p.keys AS keys, p.connections AS connections, \
               coalesce(p.aliases, '[]') AS aliases, p.band AS band, \
               p.band_version AS band_version, coalesce(p.tags, []) AS tags, \
               CASE p.state WHEN 2 THEN [(p)-[:MERGED_INTO]->(q) | q.id][0] END AS merged_into",
        read: |row| {
            if get::<Option<i64>>(row, "version")?.is_some() {
                rows::person(row)?;
            }
            if get::<Option<i64>>(row, "band_version")?.is_some() {
                rows::band_of(row, get(row, "band_version")?)?;
            }
            get::<Vec<String>>(row, "tags").map(drop)
        },
    },
    Table {
        name: "INTERACTED",
        text: "MATCH ()-[i:INTERACTED]->() WHERE i.account >= left($after, 36) \
               AND (i.account > left($after, 36) OR i.pair > substring($after, 37)) \
               WITH i ORDER BY i.account, i.pair LIMIT $limit \
               RETURN i.account + '/' + i.pair AS row_key, i.account AS account, i.pair AS pair, i.version AS version, \
               i.buckets AS buckets",
        read: |row| rows::interactions(row).map(drop),
    },
    Table {
        name: "Note",
        text: "MATCH (n:Note) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $limit \
               RETURN n.id AS row_key, n.id AS id, n.text AS text, n.created_at AS created_at",
        read: |row| {
            let id: NoteId = get(row, "id")?;
            get::<String>(row, "text")?;
            moment(get(row, "created_at")?, ("Note", "created_at"), id)?;
            Ok(())
        },
    },
];
