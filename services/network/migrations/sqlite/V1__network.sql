-- Times are microseconds since 1970, UTC. JSON is TEXT. Ids are 16 bytes.
-- Every version is its publisher's; a row never goes back to an older one.

-- erased: 1 once the account asked for it; nothing of it comes back.
CREATE TABLE account (
    account_id   BLOB PRIMARY KEY NOT NULL,
    version      INTEGER NOT NULL,
    erased       INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    verified     TEXT NOT NULL
);

CREATE TABLE circle (
    circle_id BLOB PRIMARY KEY NOT NULL,
    version   INTEGER NOT NULL,
    name      TEXT NOT NULL,
    members   TEXT NOT NULL
);

-- Finds the circles of an account; what a member shares stands in circle.members.
CREATE TABLE circle_member (
    account_id BLOB NOT NULL,
    circle_id  BLOB NOT NULL,
    PRIMARY KEY (account_id, circle_id)
) WITHOUT ROWID;
CREATE INDEX circle_member_circle ON circle_member (circle_id);

-- state: 1 active, 2 merged, 3 removed. The latter two carry no personal data.
CREATE TABLE person (
    person_id    BLOB PRIMARY KEY NOT NULL,
    account_id   BLOB NOT NULL,
    version      INTEGER NOT NULL,
    state        INTEGER NOT NULL,
    merged_into  BLOB,
    display_name TEXT NOT NULL,
    employments  TEXT NOT NULL,
    keys         TEXT NOT NULL,
    connections  TEXT NOT NULL
);
CREATE INDEX person_book ON person (account_id, person_id);
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;

-- other_id: sixteen zero bytes for the owner of the book.
CREATE TABLE interactions (
    account_id BLOB NOT NULL,
    person_id  BLOB NOT NULL,
    other_id   BLOB NOT NULL,
    version    INTEGER NOT NULL,
    buckets    TEXT NOT NULL,
    PRIMARY KEY (account_id, person_id, other_id)
) WITHOUT ROWID;

-- The band of the owner's tie as it was last published; none published means weak.
CREATE TABLE band (
    person_id  BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL,
    version    INTEGER NOT NULL,
    band       INTEGER NOT NULL
);
CREATE INDEX band_account ON band (account_id);

CREATE TABLE annotation (
    person_id  BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL,
    version    INTEGER NOT NULL
);
CREATE INDEX annotation_account ON annotation (account_id);

CREATE TABLE tag (
    person_id  BLOB NOT NULL,
    tag        TEXT NOT NULL,
    account_id BLOB NOT NULL,
    PRIMARY KEY (person_id, tag)
) WITHOUT ROWID;
CREATE INDEX tag_account ON tag (account_id);

CREATE TABLE note (
    note_id    BLOB PRIMARY KEY NOT NULL,
    person_id  BLOB NOT NULL,
    account_id BLOB NOT NULL,
    text       TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX note_person ON note (person_id, created_at);
CREATE INDEX note_account ON note (account_id);

-- Imports that were said to be applied.
CREATE TABLE applied_import (
    import_id  BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL
);
