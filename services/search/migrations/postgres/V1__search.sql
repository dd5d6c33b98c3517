CREATE TABLE account (
    id           UUID PRIMARY KEY NOT NULL,
    version      BIGINT NOT NULL,
    display_name TEXT NOT NULL,
    erased       BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE circle (
    id      UUID PRIMARY KEY NOT NULL,
    version BIGINT NOT NULL,
    body    TEXT NOT NULL
);

CREATE TABLE circle_member (
    account UUID NOT NULL,
    circle  UUID NOT NULL,
    PRIMARY KEY (account, circle)
);
CREATE INDEX circle_member_of_circle ON circle_member (circle);
