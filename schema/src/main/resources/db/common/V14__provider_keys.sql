-- Under which master key this database seals secrets: one row, made with the first secret. Another key opens nothing here,
-- so a start with another one is refused.
CREATE TABLE sealing_key (
    id         INT         NOT NULL PRIMARY KEY CHECK (id = 1),
    key_id     VARCHAR(16) NOT NULL,
    created_at BIGINT      NOT NULL
);

-- Keys of providers that organizations bring (BYOK). `workspace_id` NULL is every workspace; lists are JSON texts, NULL being
-- any. `sealed` is gone once the key is deleted: the row stays, so that what was done with it can be told.
CREATE TABLE provider_key (
    id                     VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id        VARCHAR(36)  NOT NULL REFERENCES organization (id),
    workspace_id           VARCHAR(36) REFERENCES workspace (id),
    provider               VARCHAR(100) NOT NULL,
    name                   VARCHAR(255),
    label                  VARCHAR(40)  NOT NULL,
    disabled               BOOLEAN      NOT NULL,
    is_fallback            BOOLEAN      NOT NULL,
    is_required            BOOLEAN      NOT NULL,
    is_byok_only           BOOLEAN      NOT NULL,
    declared_zdr           BOOLEAN,
    allowed_models         TEXT,
    allowed_api_key_hashes TEXT,
    allowed_user_ids       TEXT,
    sort_order             INT          NOT NULL,
    sealing_key_id         VARCHAR(16)  NOT NULL,
    sealed                 TEXT,
    created_at             BIGINT       NOT NULL,
    updated_at             BIGINT,
    deleted_at             BIGINT
);

CREATE INDEX provider_key_by_organization ON provider_key (organization_id, created_at, id);

-- Whether requests on an own provider key count on a budget with their list price. What a key's own limit does is told with
-- the key.
ALTER TABLE limit_definition ADD COLUMN counts_byok BOOLEAN NOT NULL DEFAULT FALSE;
