-- What a browser that was away for a moment has missed.
CREATE TABLE live (
    account BLOB NOT NULL,
    id INTEGER NOT NULL,
    event TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (account, id)
) WITHOUT ROWID;

-- Which account has which address: for the operator on this machine. Without an address it is gone.
CREATE TABLE account (
    id BLOB PRIMARY KEY NOT NULL,
    email TEXT,
    version BIGINT NOT NULL
) WITHOUT ROWID;

CREATE INDEX account_email ON account (email);
