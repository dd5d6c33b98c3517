-- Times are microseconds since 1970, UTC.
CREATE TABLE outbox (
    id          BLOB PRIMARY KEY NOT NULL,
    envelope    TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
);

-- state: 0 waiting, 1 done, 2 parked. A done event keeps no envelope: nothing personal stays.
CREATE TABLE inbox (
    id          BLOB PRIMARY KEY NOT NULL,
    kind        TEXT NOT NULL,
    correlation BLOB NOT NULL,
    state       INTEGER NOT NULL,
    envelope    TEXT,
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_at      INTEGER NOT NULL,
    reason      TEXT
);
CREATE INDEX inbox_due ON inbox (due_at, id) WHERE state = 0;
CREATE INDEX inbox_parked ON inbox (id) WHERE state = 2;
CREATE INDEX inbox_settled ON inbox (correlation, kind, state);

CREATE TABLE lease (
    name   TEXT PRIMARY KEY NOT NULL,
    holder BLOB NOT NULL,
    until  INTEGER NOT NULL
);

CREATE TABLE kept_answer (
    account     BLOB NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status      INTEGER NOT NULL,
    body        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (account, key)
);
