-- Which restore the store comes from; empty where from none.
CREATE TABLE epoch (
    id   $integer PRIMARY KEY NOT NULL,
    name TEXT NOT NULL
);
INSERT INTO epoch (id, name) VALUES (1, '');
