-- Times are microseconds since 1970, UTC. JSON is text.

-- An account and its book. book_version rises with every change of the book: whoever decided on
-- an older one decides again.
CREATE TABLE account (
    id           UUID PRIMARY KEY NOT NULL,
    version      BIGINT NOT NULL,
    book_version BIGINT NOT NULL DEFAULT 0,
    region       TEXT,
    emails       TEXT NOT NULL DEFAULT '[]',
    keys         TEXT NOT NULL DEFAULT '[]',
    erased       BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE import (
    id                 UUID PRIMARY KEY NOT NULL,
    account            UUID NOT NULL,
    version            BIGINT NOT NULL,
    file_name          TEXT NOT NULL,
    format             TEXT NOT NULL,
    status             TEXT NOT NULL,
    created_at         BIGINT NOT NULL,
    started_at         BIGINT,
    finished_at        BIGINT,
    bytes_total        BIGINT NOT NULL,
    bytes_done         BIGINT NOT NULL,
    taken              BIGINT NOT NULL,
    created            BIGINT NOT NULL,
    merged             BIGINT NOT NULL,
    updated            BIGINT NOT NULL,
    unchanged          BIGINT NOT NULL,
    left_out           BIGINT NOT NULL,
    rejected           BIGINT NOT NULL,
    told_people        BIGINT NOT NULL,
    told_interactions  BIGINT NOT NULL,
    applied_by_search  BIGINT NOT NULL,
    applied_by_network BIGINT NOT NULL,
    problem            TEXT,
    has_blob           BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX import_of_account ON import (account, id);
CREATE INDEX import_waiting ON import (id) WHERE status IN ('queued', 'reading');
CREATE INDEX import_blob ON import (id) WHERE has_blob = 1;

-- Uploads under way: a blob without an import is deleted when its row grows old.
CREATE TABLE upload (
    id       UUID PRIMARY KEY NOT NULL,
    account  UUID NOT NULL,
    began_at BIGINT NOT NULL
);

CREATE TABLE receipt (
    import   UUID NOT NULL,
    ordinal  BIGINT NOT NULL,
    position TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    reason   TEXT,
    person   UUID,
    label    TEXT NOT NULL,
    PRIMARY KEY (import, ordinal)
);
CREATE INDEX receipt_outcome ON receipt (import, outcome, ordinal);

-- merged_into: whom the person was merged into; root: who holds for it now, itself where nobody.
CREATE TABLE person (
    id           UUID PRIMARY KEY NOT NULL,
    account      UUID NOT NULL,
    version      BIGINT NOT NULL,
    root         UUID NOT NULL,
    merged_into  UUID,
    merge_id     UUID,
    merge_reason TEXT,
    merged_at    BIGINT,
    display_name TEXT NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX person_of_account ON person (account);
CREATE INDEX person_root ON person (root);

-- Persons that were taken apart and are not merged again by keys; a < b.
CREATE TABLE different (
    account UUID NOT NULL,
    a       UUID NOT NULL,
    b       UUID NOT NULL,
    PRIMARY KEY (account, a, b)
);

-- home: the person that the record came to; merging does not change it.
CREATE TABLE record (
    id          UUID PRIMARY KEY NOT NULL,
    account     UUID NOT NULL,
    home        UUID NOT NULL,
    hash        BYTEA NOT NULL,
    source      TEXT NOT NULL,
    import      UUID,
    file_name   TEXT,
    position    TEXT NOT NULL,
    observed_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    keys        TEXT NOT NULL,
    said        TEXT NOT NULL,
    raw         TEXT NOT NULL,
    UNIQUE (account, hash)
);
CREATE INDEX record_home ON record (home);

CREATE TABLE person_key (
    account UUID NOT NULL,
    key     TEXT NOT NULL,
    record  UUID NOT NULL,
    home    UUID NOT NULL,
    PRIMARY KEY (account, key, record)
);
CREATE INDEX person_key_record ON person_key (record);
CREATE INDEX person_key_home ON person_key (home);

-- Messages that were counted, by hash.
CREATE TABLE message (
    account UUID NOT NULL,
    hash    BYTEA NOT NULL,
    PRIMARY KEY (account, hash)
);

-- Who takes part in the account's correspondence, person or not yet.
CREATE TABLE correspondent (
    account    UUID NOT NULL,
    key        TEXT NOT NULL,
    name       TEXT,
    written_to BIGINT NOT NULL,
    wrote      BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    recorded   BIGINT NOT NULL,
    PRIMARY KEY (account, key)
);

-- Counts by address and month; b is empty for the owner, else a < b. month: days since 1970.
CREATE TABLE bucket (
    account    UUID NOT NULL,
    a          TEXT NOT NULL,
    b          TEXT NOT NULL,
    channel    TEXT NOT NULL,
    month      BIGINT NOT NULL,
    group_size BIGINT NOT NULL,
    sent       BIGINT NOT NULL,
    received   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    PRIMARY KEY (account, a, b, channel, month, group_size)
);
CREATE INDEX bucket_other ON bucket (account, b) WHERE b <> '';

-- What was last published of a pair; other is all zeroes for the owner.
CREATE TABLE pair (
    account UUID NOT NULL,
    person  UUID NOT NULL,
    other   UUID NOT NULL,
    version BIGINT NOT NULL,
    digest  BYTEA NOT NULL,
    PRIMARY KEY (account, person, other)
);
CREATE INDEX pair_other ON pair (account, other);

-- Persons whose interactions are to be published; import is all zeroes where none caused it.
CREATE TABLE stale (
    account UUID NOT NULL,
    import  UUID NOT NULL,
    person  UUID NOT NULL,
    PRIMARY KEY (import, account, person)
);
