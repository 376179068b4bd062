-- Codes that hand an app a key (contract 3.4): made at consent, redeemed once. Only the SHA-256 of a code is kept. A used one
-- stays until it would have expired long ago, so that a second redemption is known for what it is.
CREATE TABLE auth_code (
    code_hash        CHAR(64)      NOT NULL PRIMARY KEY,
    organization_id  VARCHAR(36)   NOT NULL REFERENCES organization (id),
    workspace_id     VARCHAR(36)   NOT NULL REFERENCES workspace (id),
    user_id          VARCHAR(36),
    -- Who consented, for the audit log.
    actor_kind       VARCHAR(10)   NOT NULL,
    actor_id         VARCHAR(36),
    app_id           INTEGER       NOT NULL,
    callback_url     VARCHAR(2000),
    challenge        VARCHAR(128),
    challenge_method VARCHAR(5)    CHECK (challenge_method IN ('S256', 'plain')),
    key_name         VARCHAR(200)  NOT NULL,
    limit_nanos      BIGINT,
    limit_reset      VARCHAR(10),
    key_expires_at   BIGINT,
    created_at       BIGINT        NOT NULL,
    expires_at       BIGINT        NOT NULL,
    used_at          BIGINT,
    api_key_id       VARCHAR(36)
);

CREATE INDEX auth_code_by_expiry ON auth_code (expires_at);

-- What an app was given: which key, for whom. One per user and app: consent anew replaces it.
CREATE TABLE app_grant (
    api_key_id      VARCHAR(36) NOT NULL PRIMARY KEY REFERENCES api_key (id),
    organization_id VARCHAR(36) NOT NULL REFERENCES organization (id),
    user_id         VARCHAR(36),
    app_id          INTEGER     NOT NULL,
    created_at      BIGINT      NOT NULL,
    revoked_at      BIGINT
);

CREATE INDEX app_grant_by_user ON app_grant (organization_id, user_id, app_id);
