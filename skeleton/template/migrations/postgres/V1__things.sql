CREATE TABLE thing (
    id      UUID PRIMARY KEY,
    account UUID NOT NULL,
    version BIGINT NOT NULL,
    name    TEXT NOT NULL
);
CREATE INDEX thing_of_account ON thing (account, id);

CREATE TABLE activity (
    account UUID PRIMARY KEY,
    changes BIGINT NOT NULL
);
