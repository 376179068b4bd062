-- Keys that spent unusually much on a UTC day (days since the epoch): one row for each, written before anybody is told, so that
-- however many nodes look one of them tells. The figures are those that the alert was decided by. `mailed`: whether mail went out.
CREATE TABLE spend_alert (
    api_key_id      VARCHAR(36) NOT NULL REFERENCES api_key (id),
    day             INTEGER     NOT NULL,
    organization_id VARCHAR(36) NOT NULL REFERENCES organization (id),
    created_at      BIGINT      NOT NULL,
    spent_nanos     BIGINT      NOT NULL,
    days_before     INTEGER     NOT NULL,
    mean_nanos      BIGINT      NOT NULL,
    most_nanos      BIGINT      NOT NULL,
    mailed          BOOLEAN     NOT NULL,
    PRIMARY KEY (api_key_id, day)
);

CREATE INDEX spend_alert_by_organization ON spend_alert (organization_id, day);

-- Which keys spent on a day. Neither column ever changes, so a charge moves the counter and leaves the index alone.
CREATE INDEX usage_counter_by_day ON usage_counter (day, api_key_id);

-- Whether the organization wants to be told.
ALTER TABLE organization ADD COLUMN is_spend_alert_enabled BOOLEAN NOT NULL DEFAULT TRUE;
