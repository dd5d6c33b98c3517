-- Which restore the store comes from; empty where from none. Versions, positions and cursors that
-- somebody keeps from before a restore are of another epoch.
CREATE TABLE epoch (
    id   $integer PRIMARY KEY NOT NULL,
    name TEXT NOT NULL
);
INSERT INTO epoch (id, name) VALUES (1, '');
