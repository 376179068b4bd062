-- Postings of a key since some time are asked for when a limit begins in mid-window, which is rare; the index is written
-- for every request. Led by time, its entries are appended to one page, where the key's led to as many pages as there
-- are keys.
DROP INDEX posting_by_key;
CREATE INDEX posting_by_time ON posting (held_at, key_limit_id) WHERE held_at IS NOT NULL;
