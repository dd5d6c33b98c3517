-- Times are microseconds since 1970, UTC.
CREATE TABLE outbox (
    id            UUID PRIMARY KEY,
    envelope      TEXT NOT NULL,
    recorded_at   BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL DEFAULT 0
);

-- state: 0 waiting, 1 done, 2 parked. A done event keeps no envelope: nothing personal stays.
CREATE TABLE inbox (
    id          UUID PRIMARY KEY,
    kind        TEXT NOT NULL,
    correlation UUID NOT NULL,
    state       BIGINT NOT NULL,
    envelope    TEXT,
    attempts    BIGINT NOT NULL DEFAULT 0,
    due_at      BIGINT NOT NULL,
    reason      TEXT
);
CREATE INDEX inbox_due ON inbox (due_at, id) WHERE state = 0;
CREATE INDEX inbox_parked ON inbox (id) WHERE state = 2;
CREATE INDEX inbox_settled ON inbox (correlation, kind, state);

CREATE TABLE lease (
    name   TEXT PRIMARY KEY,
    holder UUID NOT NULL,
    until  BIGINT NOT NULL
);

CREATE TABLE kept_answer (
    account     UUID NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status      BIGINT NOT NULL,
    body        TEXT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (account, key)
);
