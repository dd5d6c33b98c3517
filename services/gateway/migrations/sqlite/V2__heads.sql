-- The newest update of each account, and when it was told (microseconds since 1970).
CREATE TABLE live_head (
    account BLOB PRIMARY KEY NOT NULL,
    newest BIGINT NOT NULL,
    at BIGINT NOT NULL
) WITHOUT ROWID;

INSERT INTO live_head (account, newest, at)
SELECT account, MAX(id), 0 FROM live GROUP BY account;

-- What was taken from limits that hold for several replicas: when the bucket is full again.
CREATE TABLE allowance (
    name TEXT PRIMARY KEY NOT NULL,
    full_at BIGINT NOT NULL
) WITHOUT ROWID;
