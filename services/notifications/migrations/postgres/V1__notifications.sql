CREATE TABLE reminder (
    id         UUID PRIMARY KEY NOT NULL,
    account    UUID NOT NULL,
    version    BIGINT NOT NULL,
    person     UUID,
    label      TEXT,
    note       TEXT NOT NULL,
    due_at     BIGINT NOT NULL,
    status     TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX reminder_of_account ON reminder (account, due_at, id);
CREATE INDEX reminder_pending ON reminder (due_at, id) WHERE status = 'pending';

CREATE TABLE notification (
    id         UUID PRIMARY KEY NOT NULL,
    account    UUID NOT NULL,
    version    BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    title      TEXT NOT NULL,
    body       TEXT,
    link       TEXT,
    created_at BIGINT NOT NULL,
    read_at    BIGINT
);
CREATE INDEX notification_of_account ON notification (account, created_at, id);
CREATE INDEX notification_unread ON notification (account, created_at, id) WHERE read_at IS NULL;

CREATE TABLE preferences (
    account       UUID PRIMARY KEY NOT NULL,
    reminder_mail BIGINT NOT NULL
);

-- Waiting mail, and the log of what left: then without recipient and text.
CREATE TABLE mail (
    id          UUID PRIMARY KEY NOT NULL,
    account     UUID NOT NULL,
    recipient   TEXT NOT NULL,
    subject     TEXT NOT NULL,
    body        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    due_at      BIGINT,
    finished_at BIGINT,
    reason      TEXT
);
CREATE INDEX mail_due ON mail (due_at) WHERE finished_at IS NULL;
CREATE INDEX mail_of_account ON mail (account);

CREATE TABLE account (
    id        UUID PRIMARY KEY NOT NULL,
    version   BIGINT NOT NULL,
    email     TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    erased    BIGINT NOT NULL
);

CREATE TABLE circle (
    id      UUID PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,
    members TEXT NOT NULL
);

CREATE TABLE invitation (
    id      UUID PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL
);
