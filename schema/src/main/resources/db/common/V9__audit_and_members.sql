-- Who changed what. One chain per organization: `hash` covers the event and the hash before it, `audit_head` holds the
-- newest, so an event that is changed or missing shows. Triggers (same version, per database) refuse changes.
CREATE TABLE audit_head (
    organization_id VARCHAR(36) NOT NULL PRIMARY KEY REFERENCES organization (id),
    seq             BIGINT      NOT NULL,
    hash            CHAR(64)    NOT NULL
);

CREATE TABLE audit_event (
    id              VARCHAR(36)   NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36)   NOT NULL REFERENCES organization (id),
    seq             BIGINT        NOT NULL,
    at              BIGINT        NOT NULL,
    actor_kind      VARCHAR(10)   NOT NULL CHECK (actor_kind IN ('key', 'user', 'operator')),
    actor_id        VARCHAR(36),
    action          VARCHAR(60)   NOT NULL,
    subject         VARCHAR(200)  NOT NULL,
    detail          VARCHAR(8000) NOT NULL,
    request_id      VARCHAR(100),
    previous_hash   CHAR(64)      NOT NULL,
    hash            CHAR(64)      NOT NULL,
    UNIQUE (organization_id, seq)
);

-- People, and what they are in an organization. How they sign in is told elsewhere.
CREATE TABLE person (
    id         VARCHAR(36)  NOT NULL PRIMARY KEY,
    email      VARCHAR(320) NOT NULL UNIQUE,
    first_name VARCHAR(100),
    last_name  VARCHAR(100),
    created_at BIGINT       NOT NULL
);

CREATE TABLE organization_member (
    organization_id VARCHAR(36) NOT NULL REFERENCES organization (id),
    person_id       VARCHAR(36) NOT NULL REFERENCES person (id),
    role            VARCHAR(10) NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'billing', 'viewer')),
    created_at      BIGINT      NOT NULL,
    PRIMARY KEY (organization_id, person_id)
);

CREATE INDEX organization_member_by_person ON organization_member (person_id);

CREATE TABLE workspace_member (
    id           VARCHAR(36) NOT NULL PRIMARY KEY,
    workspace_id VARCHAR(36) NOT NULL REFERENCES workspace (id),
    person_id    VARCHAR(36) NOT NULL REFERENCES person (id),
    created_at   BIGINT      NOT NULL,
    UNIQUE (workspace_id, person_id)
);

CREATE INDEX workspace_member_by_person ON workspace_member (person_id);
