-- Times are microseconds since 1970, UTC. Secrets are kept as hashes only.
CREATE TABLE account (
    id           BLOB PRIMARY KEY NOT NULL,
    version      INTEGER NOT NULL,
    email        TEXT NOT NULL,
    display_name TEXT NOT NULL,
    time_zone    TEXT NOT NULL,
    region       TEXT,
    -- Argon2id in PHC form; null where nobody can sign in (sample accounts).
    password     TEXT,
    created_at   INTEGER NOT NULL
);
CREATE UNIQUE INDEX account_email ON account (email);

CREATE TABLE address (
    id              BLOB PRIMARY KEY NOT NULL,
    account_id      BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind            TEXT NOT NULL,
    value           TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    verified_at     INTEGER,
    code_hash       TEXT,
    code_sent_at    INTEGER,
    code_expires_at INTEGER,
    code_attempts   INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX address_once ON address (account_id, kind, value);
CREATE UNIQUE INDEX address_one_owner ON address (kind, value) WHERE verified_at IS NOT NULL;

CREATE TABLE session (
    id           BLOB PRIMARY KEY NOT NULL,
    account_id   BLOB NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    token_hash   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    user_agent   TEXT
);
CREATE UNIQUE INDEX session_token ON session (token_hash);
CREATE INDEX session_account ON session (account_id, id);
CREATE INDEX session_expiry ON session (expires_at);

-- Keyed by a hash of the e-mail, so that unknown ones are held back alike.
CREATE TABLE sign_in_attempt (
    key           TEXT PRIMARY KEY NOT NULL,
    failures      INTEGER NOT NULL,
    last_at       INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL
);
CREATE INDEX sign_in_attempt_age ON sign_in_attempt (last_at);

CREATE TABLE circle (
    id      BLOB PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    name    TEXT NOT NULL
);

CREATE TABLE circle_member (
    circle_id  BLOB NOT NULL REFERENCES circle (id) ON DELETE CASCADE,
    account_id BLOB NOT NULL REFERENCES account (id),
    since      INTEGER NOT NULL,
    sharing    TEXT NOT NULL,
    exceptions TEXT NOT NULL,
    PRIMARY KEY (circle_id, account_id)
);
CREATE INDEX circle_member_account ON circle_member (account_id, circle_id);

CREATE TABLE invitation (
    id         BLOB PRIMARY KEY NOT NULL,
    version    INTEGER NOT NULL,
    circle_id  BLOB NOT NULL REFERENCES circle (id) ON DELETE CASCADE,
    email      TEXT NOT NULL,
    invited_by BLOB NOT NULL,
    status     TEXT NOT NULL,
    code_hash  TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX invitation_code ON invitation (code_hash) WHERE code_hash IS NOT NULL;
CREATE UNIQUE INDEX invitation_once ON invitation (circle_id, email) WHERE status = 'pending';
CREATE INDEX invitation_email ON invitation (email, id) WHERE status = 'pending';
CREATE INDEX invitation_expiry ON invitation (expires_at) WHERE status = 'pending';

-- Mail waiting to be sent; a row goes when the mail has left.
CREATE TABLE mail (
    id         BLOB PRIMARY KEY NOT NULL,
    account_id BLOB,
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    due_at     INTEGER NOT NULL
);
CREATE INDEX mail_due ON mail (due_at, id);

CREATE TABLE sample_network (
    asker      BLOB PRIMARY KEY NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    circle_id  BLOB NOT NULL,
    personas   TEXT NOT NULL
);
