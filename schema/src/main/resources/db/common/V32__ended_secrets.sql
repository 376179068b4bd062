-- Finds the secrets that ended longest ago, which are deleted after a time.
CREATE INDEX api_key_secret_ended ON api_key_secret (expires_at) WHERE expires_at IS NOT NULL;
