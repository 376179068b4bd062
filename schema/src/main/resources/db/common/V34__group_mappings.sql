-- Groups of a directory that mean workspaces: whoever is in the group is a member of the workspace.
CREATE TABLE scim_group_mapping (
    id              VARCHAR(36) NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36) NOT NULL REFERENCES organization (id),
    group_id        VARCHAR(36) NOT NULL REFERENCES scim_group (id),
    workspace_id    VARCHAR(36) NOT NULL REFERENCES workspace (id),
    role            VARCHAR(10) NOT NULL CHECK (role IN ('admin', 'member')),
    created_at      BIGINT      NOT NULL,
    updated_at      BIGINT      NOT NULL,
    UNIQUE (group_id, workspace_id)
);

CREATE INDEX scim_group_mapping_by_organization ON scim_group_mapping (organization_id, created_at, id);
CREATE INDEX scim_group_mapping_by_workspace ON scim_group_mapping (workspace_id);

-- A membership is somebody's doing (`by_hand`), or mappings say it (`mapped_role`), or both; with neither there is no row.
ALTER TABLE workspace_member ADD COLUMN by_hand BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE workspace_member ADD COLUMN mapped_role VARCHAR(10)
    CHECK (mapped_role IN ('admin', 'member')) CHECK (by_hand OR mapped_role IS NOT NULL);
