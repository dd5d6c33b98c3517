-- Accounts that are gone: an id and the version of their end, to be told to whoever missed it.
CREATE TABLE erased (
    id      UUID PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL
);
