-- What a version adds has a default, so that the version before, which knows nothing of it, goes on writing.
ALTER TABLE thing ADD COLUMN colour TEXT NOT NULL DEFAULT 'plain';

-- What this version handled of `changes`: events of its own schema, and of the one before.
ALTER TABLE activity ADD COLUMN new_schema BIGINT NOT NULL DEFAULT 0;
ALTER TABLE activity ADD COLUMN old_schema BIGINT NOT NULL DEFAULT 0;
