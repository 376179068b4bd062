-- Programs that may ask people for a key in the standard way (RFC 6749 section 2). `redirect_uris`, `grant_types` and `scope` are
-- lists with a space between; no such word holds one. A client that registered itself has no organization and ends when nobody
-- used it; one whose id is the address of its own document is not here.
CREATE TABLE oauth_client (
    client_id       VARCHAR(100)  NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36)   REFERENCES organization (id),
    created_by      VARCHAR(36),
    origin          VARCHAR(10)   NOT NULL CHECK (origin IN ('page', 'dynamic')),
    name            VARCHAR(100)  NOT NULL,
    client_uri      VARCHAR(2000),
    redirect_uris   VARCHAR(22000) NOT NULL,
    auth_method     VARCHAR(30)   NOT NULL CHECK (auth_method IN ('none', 'client_secret_basic', 'client_secret_post')),
    secret_hash     CHAR(64),
    grant_types     VARCHAR(300)  NOT NULL,
    scope           VARCHAR(50)   NOT NULL,
    created_at      BIGINT        NOT NULL,
    updated_at      BIGINT,
    last_used_at    BIGINT,
    expires_at      BIGINT,
    deleted_at      BIGINT,
    CHECK ((auth_method = 'none') = (secret_hash IS NULL))
);

CREATE INDEX oauth_client_by_organization ON oauth_client (organization_id, created_at);
CREATE INDEX oauth_client_by_expiry ON oauth_client (expires_at);

-- What was asked for with a code: by which client (none on `/auth`), which rights, for which resource (RFC 8707), and whether the
-- redirect address was named, which then must be named again (RFC 6749 section 4.1.3).
ALTER TABLE auth_code ADD COLUMN client_id VARCHAR(2000);
ALTER TABLE auth_code ADD COLUMN scope VARCHAR(50) NOT NULL DEFAULT 'read write';
ALTER TABLE auth_code ADD COLUMN resource VARCHAR(4000);
ALTER TABLE auth_code ADD COLUMN redirect_named BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE app_grant ADD COLUMN client_id VARCHAR(2000);
ALTER TABLE app_grant ADD COLUMN scope VARCHAR(50) NOT NULL DEFAULT 'read write';
ALTER TABLE app_grant ADD COLUMN resource VARCHAR(4000);

CREATE INDEX app_grant_by_client ON app_grant (client_id);

-- A key that may only look: it was given the scope `read` alone.
ALTER TABLE api_key ADD COLUMN read_only BOOLEAN NOT NULL DEFAULT FALSE;

-- What renews the secret of a key. Each is good once; all of a key are one family, which ends when a used one is seen again
-- (RFC 9700 section 4.14.2).
CREATE TABLE refresh_token (
    token_hash CHAR(64)    NOT NULL PRIMARY KEY,
    api_key_id VARCHAR(36) NOT NULL REFERENCES api_key (id),
    created_at BIGINT      NOT NULL,
    expires_at BIGINT      NOT NULL,
    used_at    BIGINT
);

CREATE INDEX refresh_token_by_key ON refresh_token (api_key_id);
CREATE INDEX refresh_token_by_expiry ON refresh_token (expires_at);

-- Requests that an app's server lodged before it sent a person here (`POST /oauth/authorization`): the parameters, for ten minutes.
CREATE TABLE oauth_request (
    id_hash    CHAR(64)       NOT NULL PRIMARY KEY,
    client_id  VARCHAR(2000)  NOT NULL,
    parameters VARCHAR(16000) NOT NULL,
    expires_at BIGINT         NOT NULL
);

CREATE INDEX oauth_request_by_expiry ON oauth_request (expires_at);
