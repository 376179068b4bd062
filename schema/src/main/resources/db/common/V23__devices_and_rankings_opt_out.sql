-- An organization that does not want its usage in the rankings of the whole installation (S21).
ALTER TABLE organization ADD COLUMN hidden_from_rankings BOOLEAN NOT NULL DEFAULT FALSE;

-- Devices that ask for a key without a browser (RFC 8628). Both codes only as SHA-256: the long one that the device keeps, and the
-- short one that a person types. The columns from `answer` on are what the person decided; `api_key_id` the one redemption.
CREATE TABLE device_code (
    device_hash      CHAR(64)      NOT NULL PRIMARY KEY,
    user_hash        CHAR(64)      NOT NULL UNIQUE,
    client_id        VARCHAR(2000) NOT NULL,
    scope            VARCHAR(50)   NOT NULL,
    resource         VARCHAR(4000),
    created_at       BIGINT        NOT NULL,
    expires_at       BIGINT        NOT NULL,
    interval_seconds INTEGER       NOT NULL,
    polled_at        BIGINT,
    answer           VARCHAR(10)   CHECK (answer IN ('allowed', 'denied')),
    organization_id  VARCHAR(36)   REFERENCES organization (id),
    workspace_id     VARCHAR(36)   REFERENCES workspace (id),
    user_id          VARCHAR(36),
    app_id           INTEGER,
    key_name         VARCHAR(200),
    limit_nanos      BIGINT,
    limit_reset      VARCHAR(10),
    key_expires_at   BIGINT,
    used_at          BIGINT,
    api_key_id       VARCHAR(36)
);

CREATE INDEX device_code_by_expiry ON device_code (expires_at);
