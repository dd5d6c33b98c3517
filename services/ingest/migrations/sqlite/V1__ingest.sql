-- Times are microseconds since 1970, UTC. Ids are 16 bytes. JSON is text.

-- An account and its book. book_version rises with every change of the book: whoever decided on
-- an older one decides again.
CREATE TABLE account (
    id           BLOB PRIMARY KEY NOT NULL,
    version      INTEGER NOT NULL,
    book_version INTEGER NOT NULL DEFAULT 0,
    region       TEXT,
    emails       TEXT NOT NULL DEFAULT '[]',
    keys         TEXT NOT NULL DEFAULT '[]',
    erased       INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE import (
    id                 BLOB PRIMARY KEY NOT NULL,
    account            BLOB NOT NULL,
    version            INTEGER NOT NULL,
    file_name          TEXT NOT NULL,
    format             TEXT NOT NULL,
    status             TEXT NOT NULL,
    created_at         INTEGER NOT NULL,
    started_at         INTEGER,
    finished_at        INTEGER,
    bytes_total        INTEGER NOT NULL,
    bytes_done         INTEGER NOT NULL,
    taken              INTEGER NOT NULL,
    created            INTEGER NOT NULL,
    merged             INTEGER NOT NULL,
    updated            INTEGER NOT NULL,
    unchanged          INTEGER NOT NULL,
    left_out           INTEGER NOT NULL,
    rejected           INTEGER NOT NULL,
    told_people        INTEGER NOT NULL,
    told_interactions  INTEGER NOT NULL,
    applied_by_search  INTEGER NOT NULL,
    applied_by_network INTEGER NOT NULL,
    problem            TEXT,
    has_blob           INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX import_of_account ON import (account, id);
CREATE INDEX import_waiting ON import (id) WHERE status IN ('queued', 'reading');
CREATE INDEX import_blob ON import (id) WHERE has_blob = 1;

-- Uploads under way: a blob without an import is deleted when its row grows old.
CREATE TABLE upload (
    id       BLOB PRIMARY KEY NOT NULL,
    account  BLOB NOT NULL,
    began_at INTEGER NOT NULL
);

CREATE TABLE receipt (
    import   BLOB NOT NULL,
    ordinal  INTEGER NOT NULL,
    position TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    reason   TEXT,
    person   BLOB,
    label    TEXT NOT NULL,
    PRIMARY KEY (import, ordinal)
);
CREATE INDEX receipt_outcome ON receipt (import, outcome, ordinal);

-- merged_into: whom the person was merged into; root: who holds for it now, itself where nobody.
CREATE TABLE person (
    id           BLOB PRIMARY KEY NOT NULL,
    account      BLOB NOT NULL,
    version      INTEGER NOT NULL,
    root         BLOB NOT NULL,
    merged_into  BLOB,
    merge_id     BLOB,
    merge_reason TEXT,
    merged_at    INTEGER,
    display_name TEXT NOT NULL,
    created_at   INTEGER NOT NULL
);
CREATE INDEX person_of_account ON person (account);
CREATE INDEX person_root ON person (root);

-- Persons that were taken apart and are not merged again by keys; a < b.
CREATE TABLE different (
    account BLOB NOT NULL,
    a       BLOB NOT NULL,
    b       BLOB NOT NULL,
    PRIMARY KEY (account, a, b)
);

-- home: the person that the record came to; merging does not change it.
CREATE TABLE record (
    id          BLOB PRIMARY KEY NOT NULL,
    account     BLOB NOT NULL,
    home        BLOB NOT NULL,
    hash        BLOB NOT NULL,
    source      TEXT NOT NULL,
    import      BLOB,
    file_name   TEXT,
    position    TEXT NOT NULL,
    observed_at INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    keys        TEXT NOT NULL,
    said        TEXT NOT NULL,
    raw         TEXT NOT NULL,
    UNIQUE (account, hash)
);
CREATE INDEX record_home ON record (home);

CREATE TABLE person_key (
    account BLOB NOT NULL,
    key     TEXT NOT NULL,
    record  BLOB NOT NULL,
    home    BLOB NOT NULL,
    PRIMARY KEY (account, key, record)
);
CREATE INDEX person_key_record ON person_key (record);
CREATE INDEX person_key_home ON person_key (home);

-- Messages that were counted, by hash.
CREATE TABLE message (
    account BLOB NOT NULL,
    hash    BLOB NOT NULL,
    PRIMARY KEY (account, hash)
);

-- Who takes part in the account's correspondence, person or not yet.
CREATE TABLE correspondent (
    account    BLOB NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT,
    written_to INTEGER NOT NULL,
    wrote      INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    recorded   INTEGER NOT NULL,
    PRIMARY KEY (account, key)
);

-- Counts by address and month; b is empty for the owner, else a < b. month: days since 1970.
CREATE TABLE bucket (
    account    BLOB NOT NULL,
    a          TEXT NOT NULL,
    b          TEXT NOT NULL,
    channel    TEXT NOT NULL,
    month      INTEGER NOT NULL,
    group_size INTEGER NOT NULL,
    sent       INTEGER NOT NULL,
    received   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (account, a, b, channel, month, group_size)
);
CREATE INDEX bucket_other ON bucket (account, b) WHERE b <> '';

-- What was last published of a pair; other is all zeroes for the owner.
CREATE TABLE pair (
    account BLOB NOT NULL,
    person  BLOB NOT NULL,
    other   BLOB NOT NULL,
    version INTEGER NOT NULL,
    digest  BLOB NOT NULL,
    PRIMARY KEY (account, person, other)
);
CREATE INDEX pair_other ON pair (account, other);

-- Persons whose interactions are to be published; import is all zeroes where none caused it.
CREATE TABLE stale (
    account BLOB NOT NULL,
    import  BLOB NOT NULL,
    person  BLOB NOT NULL,
    PRIMARY KEY (import, account, person)
);
