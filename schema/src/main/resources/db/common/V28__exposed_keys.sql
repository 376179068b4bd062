-- Secrets that were found where others can read them, and since when that is known. While such a secret has not ended, its
-- key counts as exposed; rotating it out ends that.
ALTER TABLE api_key_secret ADD COLUMN exposed_at BIGINT;

CREATE INDEX api_key_secret_exposed ON api_key_secret (api_key_id) WHERE exposed_at IS NOT NULL;

-- Where each one was found, as it was reported, and what was done. `place_hash` is over where it was found, so that the same
-- report again is the same row.
CREATE TABLE key_exposure (
    id              VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36)  NOT NULL REFERENCES organization (id),
    api_key_id      VARCHAR(36)  NOT NULL REFERENCES api_key (id),
    secret_hash     CHAR(64)     NOT NULL REFERENCES api_key_secret (hash),
    origin          VARCHAR(10)  NOT NULL CHECK (origin IN ('github', 'gitlab', 'anybody')),
    source          VARCHAR(50),
    url             VARCHAR(2000),
    place_hash      CHAR(64)     NOT NULL,
    outcome         VARCHAR(20)  NOT NULL CHECK (outcome IN ('key_disabled', 'secret_ended', 'told', 'was_dead')),
    reported_at     BIGINT       NOT NULL,
    UNIQUE (secret_hash, place_hash)
);

CREATE INDEX key_exposure_by_key ON key_exposure (api_key_id, reported_at);

-- What happens to a key that is exposed, besides that its people are told.
ALTER TABLE organization ADD COLUMN exposed_keys VARCHAR(10) NOT NULL DEFAULT 'disable'
    CHECK (exposed_keys IN ('disable', 'notify'));
