//! What is network's own, as the rows that it is in SQL.

use skeleton_durable::neo4j::backup::{CarriedTable, Kind};

/// Marks, notes and what was published; all else is made of what users and ingest tell.
pub(crate) const CARRIED: &[CarriedTable] = &[
    CarriedTable {
        name: "annotation",
        columns: &[
            ("account_id", Kind::Id),
            ("person_id", Kind::Id),
            ("version", Kind::Integer),
        ],
        read: "MATCH (p:Person) WHERE p.id > $after AND p.annotation IS NOT NULL \
               WITH p ORDER BY p.id LIMIT $limit \
               RETURN p.id AS row_key, p.account AS account_id, p.id AS person_id, \
                      p.annotation AS version",
        write: "UNWIND $rows AS row MERGE (p:Person {id: row.person_id}) \
                SET p.account = row.account_id, p.annotation = row.version",
    },
    CarriedTable {
        name: "applied_import",
        columns: &[("account_id", Kind::Id), ("import_id", Kind::Id)],
        read: "MATCH (i:AppliedImport) WHERE i.id > $after WITH i ORDER BY i.id LIMIT $limit \
               RETURN i.id AS row_key, i.account AS account_id, i.id AS import_id",
        write: "UNWIND $rows AS row MERGE (i:AppliedImport {id: row.import_id}) \
                SET i.account = row.account_id",
    },
    CarriedTable {
        name: "band",
        columns: &[
            ("account_id", Kind::Id),
            ("band", Kind::Integer),
            ("person_id", Kind::Id),
            ("version", Kind::Integer),
        ],
        read: "MATCH (p:Person) WHERE p.id > $after AND p.band_version IS NOT NULL \
               WITH p ORDER BY p.id LIMIT $limit \
               RETURN p.id AS row_key, p.account AS account_id, p.band AS band, \
                      p.id AS person_id, p.band_version AS version",
        write: "UNWIND $rows AS row MERGE (p:Person {id: row.person_id}) \
                SET p.account = row.account_id, p.band = row.band, p.band_version = row.version",
    },
    CarriedTable {
        name: "note",
        columns: &[
            ("account_id", Kind::Id),
            ("created_at", Kind::Integer),
            ("note_id", Kind::Id),
            ("person_id", Kind::Id),
            ("text", Kind::Text),
        ],
        read: "MATCH (n:Note) WHERE n.id > $after WITH n ORDER BY n.id LIMIT $limit \
               MATCH (p:Person)-[:NOTED]->(n) WITH n, p ORDER BY n.id \
               RETURN n.id AS row_key, p.account AS account_id, n.created_at AS created_at, \
                      n.id AS note_id, p.id AS person_id, n.text AS text",
        write: "UNWIND $rows AS row MERGE (p:Person {id: row.person_id}) \
                SET p.account = row.account_id MERGE (n:Note {id: row.note_id}) \
                SET n.text = row.text, n.created_at = row.created_at MERGE (p)-[:NOTED]->(n)",
    },
    CarriedTable {
        name: "tag",
        columns: &[
            ("account_id", Kind::Id),
            ("person_id", Kind::Id),
            ("tag", Kind::Text),
        ],
        read: "MATCH (p:Tagged:Person) WHERE p.id > $after WITH p ORDER BY p.id LIMIT $limit \
               UNWIND p.tags AS tag WITH p, tag ORDER BY p.id \
               RETURN p.id AS row_key, p.account AS account_id, p.id AS person_id, tag AS tag",
        write: "UNWIND $rows AS row MERGE (p:Person {id: row.person_id}) \
                SET p.account = row.account_id, p:Tagged, \
                    p.tags = CASE WHEN row.tag IN coalesce(p.tags, []) THEN p.tags \
                             ELSE coalesce(p.tags, []) + row.tag END",
    },
];
