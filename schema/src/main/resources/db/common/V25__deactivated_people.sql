-- What a directory took from whom it deactivated, to give it back: the role that they had, null for one who was no member,
-- and the keys of theirs that were not disabled already.
ALTER TABLE scim_user ADD COLUMN former_role VARCHAR(10) CHECK (former_role IN ('owner', 'admin', 'member', 'billing', 'viewer'));

CREATE TABLE suspended_key (
    api_key_id      VARCHAR(36) NOT NULL PRIMARY KEY REFERENCES api_key (id),
    organization_id VARCHAR(36) NOT NULL REFERENCES organization (id),
    person_id       VARCHAR(36) NOT NULL REFERENCES person (id)
);

CREATE INDEX suspended_key_by_person ON suspended_key (organization_id, person_id);
