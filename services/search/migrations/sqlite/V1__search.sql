CREATE TABLE account (
    id           BLOB PRIMARY KEY NOT NULL,
    version      INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    erased       INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE circle (
    id      BLOB PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    body    TEXT NOT NULL
);

CREATE TABLE circle_member (
    account BLOB NOT NULL,
    circle  BLOB NOT NULL,
    PRIMARY KEY (account, circle)
) WITHOUT ROWID;
CREATE INDEX circle_member_of_circle ON circle_member (circle);
