//! All nodes and relationships, to be read one by one: what `kith doctor` finds that cannot be read.

use kith_shared::ids::NoteId;
use skeleton_durable::{neo4j::scan::Table, stored::moment};

use super::rows::{self, INTERACTIONS, PERSON, get};

/// The kinds of node, in the order in which they are examined. Each is read where an event brought it; what is only known by name holds
/// nothing to be read.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "Account",
        find: "MATCH (a:Account) WHERE a.id > $after AND a.version > 0 \
               WITH a ORDER BY a.id LIMIT $limit",
        key: "a.id AS row_key",
        columns: "a.id AS id, a.version AS version, \
                  a.display_name AS display_name, a.verified AS verified",
        read: |row| rows::account(row).map(drop),
    },
    Table {
        name: "Circle",
        find: "MATCH (c:Circle) WHERE c.id > $after WITH c ORDER BY c.id LIMIT $limit",
        key: "c.id AS row_key",
        columns: "c.id AS id, c.version AS version, c.name AS name, c.members AS members",
        read: |row| rows::circle(row).map(drop),
    },
    Table {
        name: "Person",
        find: "MATCH (p:Person) WHERE p.id > $after WITH p ORDER BY p.id LIMIT $limit",
        key: "p.id AS row_key",
        columns: PERSON,
        read: |row| {
            if get::<Option<i64>>(row, "version")?.is_some() {
                rows::person(row)?;
            }
            Ok(())
        },
    },
    Table {
        name: "Person, what is said of it",
        find: "MATCH (p:Person) WHERE p.id > $after WITH p ORDER BY p.id LIMIT $limit",
        key: "p.id AS row_key",
        columns: "p.id AS id, p.account AS account, p.band AS band, \
                  p.band_version AS band_version, coalesce(p.tags, []) AS tags",
        read: |row| {
            if get::<Option<i64>>(row, "band_version")?.is_some() {
                rows::band_of(row, get(row, "band_version")?)?;
            }
            get::<Vec<String>>(row, "tags").map(drop)
        },
    },
    Table {
        name: "INTERACTED",
        find: "MATCH ()-[i:INTERACTED]->() WHERE i.account >= left($after, 36) \
               AND (i.account > left($after, 36) OR i.pair > substring($after, 37)) \
               WITH i ORDER BY i.account, i.pair LIMIT $limit",
        key: "i.account + '/' + i.pair AS row_key",
        columns: INTERACTIONS,
        read: |row| rows::interactions(row).map(drop),
    },
    Table {
        name: "Note",
        find: "MATCH (n:Note) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $limit",
        key: "n.id AS row_key",
        columns: "n.id AS id, n.text AS text, n.created_at AS created_at",
        read: |row| {
            let id: NoteId = get(row, "id")?;
            get::<String>(row, "text")?;
            moment(get(row, "created_at")?, ("Note", "created_at"), id)?;
            Ok(())
        },
    },
];
