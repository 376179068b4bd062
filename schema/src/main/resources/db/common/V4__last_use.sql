-- When a key was last used is a roll-up like the others: looking it up in the generations took an index of theirs, and an
-- index costs each request. Pages that list generations bring the index they need.
ALTER TABLE usage_counter ADD COLUMN last_used_at BIGINT NOT NULL DEFAULT 0;

UPDATE usage_counter SET last_used_at = COALESCE(
    (SELECT max(g.created_at) FROM generation g WHERE g.api_key_id = usage_counter.api_key_id), 0);

DROP INDEX generation_by_key;
DROP INDEX generation_by_workspace;
