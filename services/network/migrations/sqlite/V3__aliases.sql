-- aliases: the ids that were merged into the person, as its own event said; JSON. Exceptions from what
-- is shown hold on by them.
ALTER TABLE person ADD COLUMN aliases TEXT NOT NULL DEFAULT '[]';
