-- How people come to have an account and prove who they are by a password. Of tokens and of who tries to sign in only SHA-256 is kept.

-- When the person showed that the address is theirs; null for never.
ALTER TABLE person ADD COLUMN email_verified_at BIGINT;

-- Argon2id in the usual text form, parameters and salt included.
CREATE TABLE person_password (
    person_id  VARCHAR(36)  NOT NULL PRIMARY KEY REFERENCES person (id),
    hash       VARCHAR(200) NOT NULL,
    changed_at BIGINT       NOT NULL
);

-- Links that work once. `subject` is the organization of a set-up link, the person of a reset or of a new address, and null
-- where there is nobody: a reset that was asked for an unknown address leaves the same row as any other.
CREATE TABLE account_link (
    token_hash CHAR(64)    NOT NULL PRIMARY KEY,
    purpose    VARCHAR(10) NOT NULL CHECK (purpose IN ('setup', 'sign_up', 'reset', 'email')),
    subject    VARCHAR(36),
    email      VARCHAR(320),
    created_at BIGINT      NOT NULL,
    expires_at BIGINT      NOT NULL
);

CREATE INDEX account_link_by_subject ON account_link (subject);
CREATE INDEX account_link_by_expiry ON account_link (expires_at);

-- `mailed`: the token went out by mail only, so whoever has it has the address.
CREATE TABLE invitation (
    id              VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36)  NOT NULL REFERENCES organization (id),
    email           VARCHAR(320) NOT NULL,
    role            VARCHAR(10)  NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'billing', 'viewer')),
    token_hash      CHAR(64)     NOT NULL UNIQUE,
    mailed          BOOLEAN      NOT NULL,
    invited_by      VARCHAR(36)  NOT NULL,
    created_at      BIGINT       NOT NULL,
    expires_at      BIGINT       NOT NULL,
    UNIQUE (organization_id, email)
);

-- Attempts of one kind by one address or at one account, counted until `ends_at`.
CREATE TABLE attempt_count (
    bucket   CHAR(64) NOT NULL PRIMARY KEY,
    attempts INTEGER  NOT NULL,
    ends_at  BIGINT   NOT NULL
);

CREATE INDEX attempt_count_by_end ON attempt_count (ends_at);

-- Mail that is not sent yet, sealed under the master key because it holds links that open accounts.
CREATE TABLE mail_outbox (
    id              VARCHAR(36) NOT NULL PRIMARY KEY,
    key_id          VARCHAR(16) NOT NULL,
    sealed          TEXT        NOT NULL,
    attempts        INTEGER     NOT NULL,
    created_at      BIGINT      NOT NULL,
    next_attempt_at BIGINT      NOT NULL,
    expires_at      BIGINT      NOT NULL
);

CREATE INDEX mail_outbox_by_attempt ON mail_outbox (next_attempt_at);
