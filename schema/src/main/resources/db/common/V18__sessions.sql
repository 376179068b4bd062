-- Who is signed in. Only the SHA-256 of what the browser carries is kept. `second_factor`: more than a password was
-- shown; `authenticated_at`: when, so that what is dangerous can ask again. The organization and workspace are what the person looks at.
CREATE TABLE session (
    token_hash       CHAR(64)     NOT NULL PRIMARY KEY,
    id               VARCHAR(36)  NOT NULL UNIQUE,
    person_id        VARCHAR(36)  NOT NULL REFERENCES person (id),
    organization_id  VARCHAR(36)  NOT NULL REFERENCES organization (id),
    workspace_id     VARCHAR(36)  NOT NULL REFERENCES workspace (id),
    method           VARCHAR(10)  NOT NULL CHECK (method IN ('link', 'password', 'passkey', 'sso')),
    second_factor    BOOLEAN      NOT NULL,
    created_at       BIGINT       NOT NULL,
    authenticated_at BIGINT       NOT NULL,
    last_seen_at     BIGINT       NOT NULL,
    expires_at       BIGINT       NOT NULL,
    address          VARCHAR(45)  NOT NULL,
    user_agent       VARCHAR(300)
);

CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_expiry ON session (expires_at);
