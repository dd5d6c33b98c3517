-- Times are microseconds since 1970, UTC, by this database's clock.

-- What a browser that was away for a moment has missed.
CREATE TABLE live (
    account UUID NOT NULL,
    id      BIGINT NOT NULL,
    event   TEXT NOT NULL,
    data    TEXT NOT NULL,
    PRIMARY KEY (account, id)
);

-- The newest update of each account, and when it was told: whoever tells locks the row, so that ids
-- rise by one and become visible in their order.
CREATE TABLE live_head (
    account UUID PRIMARY KEY NOT NULL,
    newest  BIGINT NOT NULL,
    at      BIGINT NOT NULL
);
CREATE INDEX live_head_at ON live_head (at);

-- Which account has which address: for the operator on this machine. Without an address it is gone.
CREATE TABLE account (
    id      UUID PRIMARY KEY NOT NULL,
    email   TEXT,
    version BIGINT NOT NULL
);
CREATE INDEX account_email ON account (email);

-- What replicas took from limits that hold for all of them: when the bucket is full again. A crash
-- of the database may forget it.
CREATE UNLOGGED TABLE allowance (
    name    TEXT PRIMARY KEY NOT NULL,
    full_at BIGINT NOT NULL
);
CREATE INDEX allowance_full ON allowance (full_at);
