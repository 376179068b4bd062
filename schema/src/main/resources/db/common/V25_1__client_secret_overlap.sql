-- The secret that a client's newest one took the place of, by its SHA-256, until it ends.
ALTER TABLE oauth_client ADD COLUMN old_secret_hash CHAR(64);
ALTER TABLE oauth_client ADD COLUMN old_secret_ends_at BIGINT;
