-- Which budgets bind which keys. The budgets themselves are limits, one definition each: a workspace's four windows by the
-- workspace's id, a guardrail's by `guardrail:key` and `guardrail:member`. Whoever changes a row here locks the row of the
-- organization first, so that no key is made in between that would miss it.

CREATE TABLE guardrail_budget (
    guardrail_id    VARCHAR(36) NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36) NOT NULL REFERENCES organization (id),
    window_kind     VARCHAR(10) NOT NULL,
    cap             BIGINT      NOT NULL
);

-- A guardrail applies to a key when it is assigned to the key, to its member, or to its workspace.
CREATE TABLE guardrail_assignment (
    guardrail_id    VARCHAR(36) NOT NULL,
    subject_kind    VARCHAR(10) NOT NULL CHECK (subject_kind IN ('key', 'member', 'workspace')),
    subject_id      VARCHAR(36) NOT NULL,
    organization_id VARCHAR(36) NOT NULL REFERENCES organization (id),
    PRIMARY KEY (guardrail_id, subject_kind, subject_id)
);

CREATE INDEX guardrail_assignment_by_subject ON guardrail_assignment (subject_kind, subject_id);

-- What becomes of an explicit output limit that is not affordable: 'refuse' or 'clamp'; null on a key asks its workspace,
-- null there is 'refuse'.
ALTER TABLE workspace ADD COLUMN unaffordable VARCHAR(10);
ALTER TABLE api_key ADD COLUMN unaffordable VARCHAR(10);
