-- What the key page asks for: the living keys of a workspace, or of the person who made them, newest first.
CREATE INDEX api_key_living ON api_key (workspace_id, kind, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX api_key_by_creator ON api_key (organization_id, creator_user_id, created_at, id) WHERE deleted_at IS NULL;
