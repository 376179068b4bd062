-- A deleted workspace stays, because keys, generations and audit events name it; its slug then is its id, so that the slug
-- it had is free again.
ALTER TABLE workspace ADD COLUMN description VARCHAR(500);
ALTER TABLE workspace ADD COLUMN default_text_model VARCHAR(256);
ALTER TABLE workspace ADD COLUMN default_image_model VARCHAR(256);
ALTER TABLE workspace ADD COLUMN default_provider_sort VARCHAR(20);
ALTER TABLE workspace ADD COLUMN is_observability_io_logging_enabled BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE workspace ADD COLUMN is_observability_broadcast_enabled BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE workspace ADD COLUMN is_data_discount_logging_enabled BOOLEAN NOT NULL DEFAULT FALSE;
-- In billionths: 1000000000 logs every request.
ALTER TABLE workspace ADD COLUMN io_logging_sampling_rate BIGINT NOT NULL DEFAULT 1000000000;
-- JSON lists; null means every key, and no tool.
ALTER TABLE workspace ADD COLUMN io_logging_api_key_ids TEXT;
ALTER TABLE workspace ADD COLUMN disabled_server_tools TEXT;
ALTER TABLE workspace ADD COLUMN include_byok_in_budgets BOOLEAN NOT NULL DEFAULT FALSE;
-- The guardrail that applies to the whole workspace has this id once it is first written.
ALTER TABLE workspace ADD COLUMN default_guardrail_id VARCHAR(36);
ALTER TABLE workspace ADD COLUMN created_by VARCHAR(36);
ALTER TABLE workspace ADD COLUMN updated_at BIGINT;
ALTER TABLE workspace ADD COLUMN deleted_at BIGINT;

CREATE UNIQUE INDEX workspace_by_default_guardrail ON workspace (default_guardrail_id);

-- What people know of a workspace's budgets; the limits of the same window are what admission looks at.
CREATE TABLE workspace_budget (
    id           VARCHAR(36) NOT NULL PRIMARY KEY,
    workspace_id VARCHAR(36) NOT NULL REFERENCES workspace (id),
    window_kind  VARCHAR(10) NOT NULL,
    cap          BIGINT      NOT NULL,
    created_at   BIGINT      NOT NULL,
    updated_at   BIGINT      NOT NULL,
    UNIQUE (workspace_id, window_kind)
);

ALTER TABLE organization ADD COLUMN is_filtered_model_catalog_enabled BOOLEAN NOT NULL DEFAULT FALSE;

-- Stored settings of requests. The newest version is the designated one.
CREATE TABLE preset (
    id                    VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id       VARCHAR(36)  NOT NULL REFERENCES organization (id),
    workspace_id          VARCHAR(36)  NOT NULL REFERENCES workspace (id),
    slug                  VARCHAR(50)  NOT NULL,
    name                  VARCHAR(100) NOT NULL,
    description           VARCHAR(500),
    status                VARCHAR(10)  NOT NULL CHECK (status IN ('active', 'disabled', 'archived')),
    status_updated_at     BIGINT,
    creator_user_id       VARCHAR(36),
    designated_version_id VARCHAR(36),
    created_at            BIGINT       NOT NULL,
    updated_at            BIGINT       NOT NULL,
    UNIQUE (workspace_id, slug)
);

CREATE INDEX preset_by_change ON preset (workspace_id, updated_at, id);

-- `config` is a JSON object: the fields of a chat request, each as it was sent. Never changed.
CREATE TABLE preset_version (
    id            VARCHAR(36) NOT NULL PRIMARY KEY,
    preset_id     VARCHAR(36) NOT NULL REFERENCES preset (id),
    version       INTEGER     NOT NULL,
    creator_id    VARCHAR(36) NOT NULL,
    system_prompt TEXT,
    config        TEXT        NOT NULL,
    created_at    BIGINT      NOT NULL,
    UNIQUE (preset_id, version)
);

-- The audit log is read newest first, by what happened, to what, by whom and when.
CREATE INDEX audit_event_by_action ON audit_event (organization_id, action, seq);
CREATE INDEX audit_event_by_subject ON audit_event (organization_id, subject, seq);
CREATE INDEX audit_event_by_actor ON audit_event (organization_id, actor_id, seq);
CREATE INDEX audit_event_by_time ON audit_event (organization_id, at, seq);
