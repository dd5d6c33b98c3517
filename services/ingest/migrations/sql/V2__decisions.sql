-- Who decided that two are one, and by how many bits of evidence: rule, you; none is a version that
-- joined by single values and weighed nothing.
ALTER TABLE person ADD COLUMN merge_by TEXT;
ALTER TABLE person ADD COLUMN merge_bits $integer;

-- seen: the last import that brought the same again. until: since when the source says something
-- else, and the record is former.
ALTER TABLE record ADD COLUMN seen $uuid;
ALTER TABLE record ADD COLUMN until $time;
