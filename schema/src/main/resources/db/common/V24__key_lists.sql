-- What the key page asks for, newest first: the living keys of a workspace, of one person in it, and of an organization
-- (management keys belong to no workspace).
CREATE INDEX api_key_living ON api_key (workspace_id, kind, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX api_key_by_creator ON api_key (workspace_id, kind, creator_user_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX api_key_by_organization ON api_key (organization_id, kind, created_at, id) WHERE deleted_at IS NULL;
