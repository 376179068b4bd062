-- Settings of a key that OpenRouter does not have: a tag to find it by, the addresses it may be used from (as they were
-- written, with commas between) and how fast it may go. Null: none, any, no limit.
ALTER TABLE api_key ADD COLUMN environment VARCHAR(50);
ALTER TABLE api_key ADD COLUMN allowed_ips VARCHAR(5000);
ALTER TABLE api_key ADD COLUMN requests_per_minute INTEGER;
ALTER TABLE api_key ADD COLUMN tokens_per_minute BIGINT;
ALTER TABLE api_key ADD COLUMN parallel_requests INTEGER;

-- A secret of another system stays when the key's own is rotated. Nothing was rotated before, so each further secret is one.
ALTER TABLE api_key_secret ADD COLUMN external BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE api_key_secret SET external = TRUE WHERE hash <> (SELECT k.hash FROM api_key k WHERE k.id = api_key_id);

-- Where the pages of a listing ended, so that the page after `position` keys begins behind the last one that was shown,
-- whatever was deleted or disabled meanwhile. Rows are of use for minutes.
CREATE TABLE key_page (
    caller_id   VARCHAR(60)  NOT NULL,
    listing     VARCHAR(250) NOT NULL,
    position    INTEGER      NOT NULL,
    client      VARCHAR(80)  NOT NULL,
    last_key_id VARCHAR(36)  NOT NULL,
    at          BIGINT       NOT NULL,
    PRIMARY KEY (caller_id, listing, position, client)
);

CREATE INDEX key_page_by_time ON key_page (at);

-- Grants that end. `spent_before` and `spent_until` are what was spent of the balance in all when it was given and when
-- it ended; in between lies what it can have paid for.
CREATE TABLE credit_grant (
    transfer_id     VARCHAR(36) NOT NULL PRIMARY KEY REFERENCES transfer (id),
    organization_id VARCHAR(36) NOT NULL REFERENCES organization (id),
    amount          BIGINT      NOT NULL CHECK (amount > 0),
    expires_at      BIGINT      NOT NULL,
    spent_before    BIGINT      NOT NULL,
    spent_until     BIGINT,
    taken_back      BIGINT
);

CREATE INDEX credit_grant_open ON credit_grant (expires_at) WHERE spent_until IS NULL;
CREATE INDEX credit_grant_by_organization ON credit_grant (organization_id, expires_at);
CREATE INDEX transfer_by_time ON transfer (organization_id, at, id);
