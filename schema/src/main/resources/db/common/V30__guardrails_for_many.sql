-- A guardrail may also be assigned to an environment (the tag of keys) and to the whole organization. The table is made anew,
-- because SQLite cannot change what a column allows.
CREATE TABLE guardrail_assignment_anew (
    guardrail_id    VARCHAR(36) NOT NULL,
    subject_kind    VARCHAR(12) NOT NULL
        CHECK (subject_kind IN ('key', 'member', 'workspace', 'environment', 'organization')),
    subject_id      VARCHAR(50) NOT NULL,
    organization_id VARCHAR(36) NOT NULL REFERENCES organization (id),
    id              VARCHAR(36),
    created_at      BIGINT      NOT NULL DEFAULT 0,
    assigned_by     VARCHAR(36),
    PRIMARY KEY (guardrail_id, subject_kind, subject_id)
);

INSERT INTO guardrail_assignment_anew (guardrail_id, subject_kind, subject_id, organization_id, id, created_at, assigned_by)
SELECT guardrail_id, subject_kind, subject_id, organization_id, id, created_at, assigned_by FROM guardrail_assignment;

DROP TABLE guardrail_assignment;
ALTER TABLE guardrail_assignment_anew RENAME TO guardrail_assignment;

CREATE INDEX guardrail_assignment_by_subject ON guardrail_assignment (subject_kind, subject_id);
CREATE INDEX guardrail_assignment_by_organization ON guardrail_assignment (organization_id, subject_kind, created_at, id);
