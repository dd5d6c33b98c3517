-- A blob in pieces of one size. While it is being stored it has no length, and a lease: whoever
-- stores it holds it, and what nobody holds any more is swept.
CREATE TABLE blob (
    upload      UUID PRIMARY KEY,
    id          UUID NOT NULL,
    piece_bytes BIGINT NOT NULL,
    bytes       BIGINT,
    hash        TEXT,
    held_until  BIGINT
);
CREATE UNIQUE INDEX blob_id ON blob (id) WHERE bytes IS NOT NULL;
CREATE INDEX blob_held ON blob (held_until) WHERE bytes IS NULL;

CREATE TABLE blob_piece (
    upload UUID NOT NULL REFERENCES blob ON DELETE CASCADE,
    n      BIGINT NOT NULL,
    data   BYTEA NOT NULL,
    PRIMARY KEY (upload, n)
);
-- Compressing what is mostly compressed already costs more than it saves.
ALTER TABLE blob_piece ALTER COLUMN data SET STORAGE EXTERNAL;
