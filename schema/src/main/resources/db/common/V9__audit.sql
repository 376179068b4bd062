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
