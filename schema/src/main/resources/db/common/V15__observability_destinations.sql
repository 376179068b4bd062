-- Where generations are reported to. `config` is what is shown, secrets masked; `sealed` is all of it. `sampling_rate` is the
-- decimal as it was written; lists and rules are JSON texts, NULL being none.
CREATE TABLE observability_destination (
    id              VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36)  NOT NULL REFERENCES organization (id),
    workspace_id    VARCHAR(36)  NOT NULL REFERENCES workspace (id),
    type            VARCHAR(30)  NOT NULL,
    name            VARCHAR(255) NOT NULL,
    enabled         BOOLEAN      NOT NULL,
    privacy_mode    BOOLEAN      NOT NULL,
    sends_cost      BOOLEAN      NOT NULL,
    sends_identity  BOOLEAN      NOT NULL,
    sends_context   BOOLEAN      NOT NULL,
    sampling_rate   VARCHAR(20)  NOT NULL,
    api_key_hashes  TEXT,
    filter_rules    TEXT,
    regions         TEXT,
    config          TEXT         NOT NULL,
    sealing_key_id  VARCHAR(16)  NOT NULL,
    sealed          TEXT,
    created_at      BIGINT       NOT NULL,
    updated_at      BIGINT       NOT NULL,
    deleted_at      BIGINT
);

CREATE INDEX observability_destination_by_organization
    ON observability_destination (organization_id, created_at, id);
