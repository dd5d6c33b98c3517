-- changes: how many commits changed something of the account; account_at, tags_at: what it was when
-- the account itself, or a tag, last changed. A row at version 0 is of an account not known yet.
ALTER TABLE account ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN account_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN tags_at INTEGER NOT NULL DEFAULT 0;

-- changed: the account's changes when the row was last written.
ALTER TABLE person ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX person_changed ON person (account_id, changed);
ALTER TABLE interactions ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX interactions_changed ON interactions (account_id, changed);

INSERT INTO account (account_id, version, erased, display_name, verified)
SELECT DISTINCT account_id, 0, 0, '', '[]' FROM person WHERE true
ON CONFLICT (account_id) DO NOTHING;
INSERT INTO account (account_id, version, erased, display_name, verified)
SELECT DISTINCT account_id, 0, 0, '', '[]' FROM interactions WHERE true
ON CONFLICT (account_id) DO NOTHING;
