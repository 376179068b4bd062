-- Guardrails. `rules` is the JSON that the API takes and gives: which models, providers and regions, what may be kept, and
-- what texts must not hold. The budget also stands in guardrail_budget while it is enforced; a guardrail on trial
-- (`dry_run`) enforces nothing. A workspace's default guardrail has the id that the workspace names, and no row until it is
-- first written.
CREATE TABLE guardrail (
    id              VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36)  NOT NULL REFERENCES organization (id),
    workspace_id    VARCHAR(36)  NOT NULL,
    name            VARCHAR(200) NOT NULL,
    description     VARCHAR(1000),
    limit_nanos     BIGINT,
    reset_interval  VARCHAR(10),
    include_byok    BOOLEAN      NOT NULL,
    dry_run         BOOLEAN      NOT NULL,
    is_default      BOOLEAN      NOT NULL,
    rules           TEXT         NOT NULL,
    created_at      BIGINT       NOT NULL,
    updated_at      BIGINT
);

CREATE INDEX guardrail_by_organization ON guardrail (organization_id, created_at, id);

-- Whether what an organization's own provider keys spend counts too.
ALTER TABLE guardrail_budget ADD COLUMN include_byok BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE guardrail_assignment ADD COLUMN id VARCHAR(36);
ALTER TABLE guardrail_assignment ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE guardrail_assignment ADD COLUMN assigned_by VARCHAR(36);

CREATE INDEX guardrail_assignment_by_organization ON guardrail_assignment (organization_id, subject_kind, created_at, id);

-- How often each rule of a guardrail did something, per UTC day: counted in memory and added every few seconds.
CREATE TABLE guardrail_hit (
    guardrail_id    VARCHAR(36)  NOT NULL,
    day             BIGINT       NOT NULL,
    rule            VARCHAR(120) NOT NULL,
    action          VARCHAR(10)  NOT NULL,
    dry_run         BOOLEAN      NOT NULL,
    organization_id VARCHAR(36)  NOT NULL,
    hits            BIGINT       NOT NULL,
    PRIMARY KEY (guardrail_id, day, rule, action, dry_run)
);
