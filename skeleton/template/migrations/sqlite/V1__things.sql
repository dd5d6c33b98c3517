CREATE TABLE thing (
    id      BLOB PRIMARY KEY NOT NULL,
    account BLOB NOT NULL,
    version INTEGER NOT NULL,
    name    TEXT NOT NULL
);
CREATE INDEX thing_of_account ON thing (account, id);

CREATE TABLE activity (
    account BLOB PRIMARY KEY NOT NULL,
    changes INTEGER NOT NULL
);
