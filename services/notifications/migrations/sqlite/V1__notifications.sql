CREATE TABLE reminder (
    id         BLOB PRIMARY KEY NOT NULL,
    account    BLOB NOT NULL,
    version    INTEGER NOT NULL,
    person     BLOB,
    label      TEXT,
    note       TEXT NOT NULL,
    due_at     INTEGER NOT NULL,
    status     TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE INDEX reminder_of_account ON reminder (account, due_at, id);
CREATE INDEX reminder_pending ON reminder (due_at, id) WHERE status = 'pending';

CREATE TABLE notification (
    id         BLOB PRIMARY KEY NOT NULL,
    account    BLOB NOT NULL,
    version    INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    title      TEXT NOT NULL,
    body       TEXT,
    link       TEXT,
    created_at INTEGER NOT NULL,
    read_at    INTEGER
);
CREATE INDEX notification_of_account ON notification (account, created_at, id);
CREATE INDEX notification_unread ON notification (account, created_at, id) WHERE read_at IS NULL;

CREATE TABLE preferences (
    account       BLOB PRIMARY KEY NOT NULL,
    reminder_mail INTEGER NOT NULL
);

-- Waiting mail, and the log of what left: then without recipient and text.
CREATE TABLE mail (
    id          BLOB PRIMARY KEY NOT NULL,
    account     BLOB NOT NULL,
    recipient   TEXT NOT NULL,
    subject     TEXT NOT NULL,
    body        TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    due_at      INTEGER,
    finished_at INTEGER,
    reason      TEXT
);
CREATE INDEX mail_due ON mail (due_at) WHERE finished_at IS NULL;
CREATE INDEX mail_of_account ON mail (account);

CREATE TABLE account (
    id        BLOB PRIMARY KEY NOT NULL,
    version   INTEGER NOT NULL,
    email     TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    erased    INTEGER NOT NULL
);

CREATE TABLE circle (
    id      BLOB PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    members TEXT NOT NULL
);

CREATE TABLE invitation (
    id      BLOB PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL
);
