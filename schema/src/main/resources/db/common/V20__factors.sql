-- What a person shows besides a password. A person with a confirmed authenticator app or a passkey is asked for one of them.

-- Authenticator apps (RFC 6238). The secret is sealed under the master key. `last_step` is the newest time step whose code was taken:
-- no code is good twice. `failures` counts wrong codes in a row; after some of them the next one waits until `locked_until`.
CREATE TABLE totp_factor (
    person_id      VARCHAR(36)   NOT NULL PRIMARY KEY REFERENCES person (id),
    sealing_key_id VARCHAR(16)   NOT NULL,
    sealed         VARCHAR(1000) NOT NULL,
    confirmed_at   BIGINT,
    last_step      BIGINT        NOT NULL,
    failures       INTEGER       NOT NULL,
    locked_until   BIGINT        NOT NULL,
    created_at     BIGINT        NOT NULL
);

-- For whoever lost the rest. Each is good once, and only its hash is kept.
CREATE TABLE recovery_code (
    person_id  VARCHAR(36) NOT NULL REFERENCES person (id),
    code_hash  CHAR(64)    NOT NULL,
    used_at    BIGINT,
    created_at BIGINT      NOT NULL,
    PRIMARY KEY (person_id, code_hash)
);

-- Passkeys (Web Authentication Level 3). `credential` is the attested credential data: id and public key. `sign_count` never goes back
-- where an authenticator counts.
CREATE TABLE passkey (
    id              VARCHAR(36)   NOT NULL PRIMARY KEY,
    person_id       VARCHAR(36)   NOT NULL REFERENCES person (id),
    credential_id   VARCHAR(1400) NOT NULL UNIQUE,
    credential      VARCHAR(8000) NOT NULL,
    name            VARCHAR(100)  NOT NULL,
    sign_count      BIGINT        NOT NULL,
    backup_eligible BOOLEAN       NOT NULL,
    backed_up       BOOLEAN       NOT NULL,
    transports      VARCHAR(200)  NOT NULL,
    created_at      BIGINT        NOT NULL,
    last_used_at    BIGINT
);

CREATE INDEX passkey_by_person ON passkey (person_id);

-- Challenges that browsers were given, for one answer each. `bound_to` is the hash of what ties it to that browser.
CREATE TABLE passkey_challenge (
    challenge_hash CHAR(64)    NOT NULL PRIMARY KEY,
    purpose        VARCHAR(10) NOT NULL CHECK (purpose IN ('register', 'sign_in', 'step', 'proof')),
    bound_to       CHAR(64)    NOT NULL,
    address        VARCHAR(45) NOT NULL,
    expires_at     BIGINT      NOT NULL
);

CREATE INDEX passkey_challenge_by_address ON passkey_challenge (address, expires_at);
CREATE INDEX passkey_challenge_by_expiry ON passkey_challenge (expires_at);

-- People between their password and their second step. Only the SHA-256 of what the browser carries is kept.
CREATE TABLE pending_sign_in (
    token_hash      CHAR(64)    NOT NULL PRIMARY KEY,
    person_id       VARCHAR(36) NOT NULL REFERENCES person (id),
    organization_id VARCHAR(36) NOT NULL REFERENCES organization (id),
    workspace_id    VARCHAR(36) NOT NULL REFERENCES workspace (id),
    method          VARCHAR(10) NOT NULL CHECK (method IN ('link', 'password')),
    next_path       VARCHAR(4000),
    attempts        INTEGER     NOT NULL,
    expires_at      BIGINT      NOT NULL
);

CREATE INDEX pending_sign_in_by_person ON pending_sign_in (person_id);
CREATE INDEX pending_sign_in_by_expiry ON pending_sign_in (expires_at);
