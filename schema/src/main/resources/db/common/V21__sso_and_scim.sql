-- Identity providers of organizations (OpenID Connect). The client secret is sealed under the master key; null for a public client.
-- `joins`: whoever the provider vouches for becomes a member at their first sign-in. `listed`: the sign-in page shows a button.
CREATE TABLE sso_issuer (
    id              VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36)  NOT NULL REFERENCES organization (id),
    name            VARCHAR(100) NOT NULL,
    issuer          VARCHAR(500) NOT NULL,
    client_id       VARCHAR(300) NOT NULL,
    sealing_key_id  VARCHAR(16),
    sealed          VARCHAR(4000),
    group_claim     VARCHAR(100) NOT NULL,
    default_role    VARCHAR(10)  CHECK (default_role IN ('owner', 'admin', 'member', 'billing', 'viewer')),
    joins           BOOLEAN      NOT NULL,
    listed          BOOLEAN      NOT NULL,
    enabled         BOOLEAN      NOT NULL,
    created_at      BIGINT       NOT NULL,
    updated_at      BIGINT       NOT NULL
);

CREATE INDEX sso_issuer_by_organization ON sso_issuer (organization_id);

-- What groups make of people: groups of a provider (`source_id` is the issuer's id) or of a directory (the organization's id).
CREATE TABLE group_role (
    source_id  VARCHAR(36)  NOT NULL,
    group_name VARCHAR(200) NOT NULL,
    role       VARCHAR(10)  NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'billing', 'viewer')),
    PRIMARY KEY (source_id, group_name)
);

-- Whom a provider means by a subject. `confirmed`: the person said so while signed in another way.
CREATE TABLE sso_identity (
    issuer_id    VARCHAR(36)  NOT NULL REFERENCES sso_issuer (id),
    subject      VARCHAR(255) NOT NULL,
    person_id    VARCHAR(36)  NOT NULL REFERENCES person (id),
    confirmed    BOOLEAN      NOT NULL,
    created_at   BIGINT       NOT NULL,
    last_used_at BIGINT       NOT NULL,
    PRIMARY KEY (issuer_id, subject)
);

CREATE INDEX sso_identity_by_person ON sso_identity (person_id);

-- Sign-ins that are under way at a provider. State, nonce and code verifier are made from what the browser carries; only its SHA-256
-- is kept. `person_id`: whoever is signed in and connects this provider to their account.
CREATE TABLE sso_request (
    token_hash CHAR(64)    NOT NULL PRIMARY KEY,
    issuer_id  VARCHAR(36) NOT NULL REFERENCES sso_issuer (id),
    person_id  VARCHAR(36) REFERENCES person (id),
    next_path  VARCHAR(4000),
    address    VARCHAR(45) NOT NULL,
    expires_at BIGINT      NOT NULL
);

CREATE INDEX sso_request_by_address ON sso_request (address, expires_at);
CREATE INDEX sso_request_by_expiry ON sso_request (expires_at);
CREATE INDEX sso_request_by_issuer ON sso_request (issuer_id);

-- The directory that keeps an organization's members (SCIM 2.0): its token, by its SHA-256.
CREATE TABLE scim_directory (
    organization_id VARCHAR(36) NOT NULL PRIMARY KEY REFERENCES organization (id),
    token_hash      CHAR(64)    NOT NULL UNIQUE,
    default_role    VARCHAR(10) NOT NULL CHECK (default_role IN ('owner', 'admin', 'member', 'billing', 'viewer')),
    created_at      BIGINT      NOT NULL,
    last_used_at    BIGINT
);

-- People as the directory describes them. While `active`, they are members.
CREATE TABLE scim_user (
    id              VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36)  NOT NULL REFERENCES organization (id),
    person_id       VARCHAR(36)  NOT NULL REFERENCES person (id),
    user_name       VARCHAR(320) NOT NULL,
    user_name_key   VARCHAR(320) NOT NULL,
    external_id     VARCHAR(255),
    email           VARCHAR(320) NOT NULL,
    given_name      VARCHAR(100),
    family_name     VARCHAR(100),
    active          BOOLEAN      NOT NULL,
    created_at      BIGINT       NOT NULL,
    updated_at      BIGINT       NOT NULL,
    UNIQUE (organization_id, user_name_key),
    UNIQUE (organization_id, person_id)
);

CREATE TABLE scim_group (
    id              VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36)  NOT NULL REFERENCES organization (id),
    display_name    VARCHAR(200) NOT NULL,
    external_id     VARCHAR(255),
    created_at      BIGINT       NOT NULL,
    updated_at      BIGINT       NOT NULL,
    UNIQUE (organization_id, display_name)
);

CREATE TABLE scim_group_member (
    group_id VARCHAR(36) NOT NULL REFERENCES scim_group (id),
    user_id  VARCHAR(36) NOT NULL REFERENCES scim_user (id),
    PRIMARY KEY (group_id, user_id)
);

CREATE INDEX scim_group_member_by_user ON scim_group_member (user_id);
