-- Instants are microseconds since the epoch, UTC. Money is nano-dollars. Ids are made by the application (UUIDv7).

CREATE TABLE organization (
    id          VARCHAR(36)  NOT NULL PRIMARY KEY,
    slug        VARCHAR(50)  NOT NULL UNIQUE,
    name        VARCHAR(200) NOT NULL,
    billing     VARCHAR(10)  NOT NULL CHECK (billing IN ('postpaid', 'prepaid')),
    created_at  BIGINT       NOT NULL
);

CREATE TABLE workspace (
    id              VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36)  NOT NULL REFERENCES organization (id),
    slug            VARCHAR(50)  NOT NULL,
    name            VARCHAR(200) NOT NULL,
    created_at      BIGINT       NOT NULL,
    UNIQUE (organization_id, slug)
);

-- A key as people know it. `hash` is the SHA-256 of its first secret and stays its public name for life.
CREATE TABLE api_key (
    id                    VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id       VARCHAR(36)  NOT NULL REFERENCES organization (id),
    workspace_id          VARCHAR(36)  NOT NULL REFERENCES workspace (id),
    hash                  CHAR(64)     NOT NULL UNIQUE,
    kind                  VARCHAR(10)  NOT NULL CHECK (kind IN ('inference', 'management')),
    name                  VARCHAR(200) NOT NULL,
    label                 VARCHAR(40)  NOT NULL,
    limit_nanos           BIGINT,
    limit_reset           VARCHAR(10)  CHECK (limit_reset IN ('daily', 'weekly', 'monthly')),
    include_byok_in_limit BOOLEAN      NOT NULL,
    disabled              BOOLEAN      NOT NULL,
    expires_at            BIGINT,
    creator_user_id       VARCHAR(36),
    external_user         VARCHAR(256),
    created_at            BIGINT       NOT NULL,
    updated_at            BIGINT,
    deleted_at            BIGINT
);

CREATE INDEX api_key_by_workspace ON api_key (workspace_id, created_at, id);

-- What opens the door: the SHA-256 of every live secret of a key. More than one while a rotation overlaps.
CREATE TABLE api_key_secret (
    hash       CHAR(64)    NOT NULL PRIMARY KEY,
    api_key_id VARCHAR(36) NOT NULL REFERENCES api_key (id),
    label      VARCHAR(40) NOT NULL,
    created_at BIGINT      NOT NULL,
    expires_at BIGINT
);

CREATE INDEX api_key_secret_by_key ON api_key_secret (api_key_id);

-- Facts about this installation that are not money and not configuration.
CREATE TABLE setting (
    name  VARCHAR(100) NOT NULL PRIMARY KEY,
    value VARCHAR(4000) NOT NULL
);
