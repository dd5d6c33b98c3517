-- Who decided that two are one, and by how many bits of evidence: rule, you; none is a version that
-- joined by single values and weighed nothing.
ALTER TABLE person ADD COLUMN merge_by TEXT;
ALTER TABLE person ADD COLUMN merge_bits $integer;

-- seen: the last import that brought the same again. until: since when the source says something
-- else, and the record is former.
ALTER TABLE record ADD COLUMN seen $uuid;
ALTER TABLE record ADD COLUMN until $time;

-- How many other names were seen beside an address: a relay writes under everybody's.
ALTER TABLE correspondent ADD COLUMN other_names $integer NOT NULL DEFAULT 0;

-- For which form of keys and which region the keys of a book's records were made, and up to which
-- person they were made again while that is under way.
ALTER TABLE account ADD COLUMN keyed_for TEXT;
ALTER TABLE account ADD COLUMN keyed_to $uuid;
