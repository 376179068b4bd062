-- Roll-ups are read by ranges of their key and written by it, so the key is the table: one tree to touch, not two.
-- Per workspace, model and model endpoint, by the day and by the hour: what an organization looks at has as many rows
-- however many keys it has. `span` is how many seconds a slot has, `slot` the number of spans since the epoch.
CREATE TABLE workspace_usage (
    workspace_id      VARCHAR(36)  NOT NULL,
    span              INTEGER      NOT NULL,
    slot              INTEGER      NOT NULL,
    model             VARCHAR(200) NOT NULL,
    endpoint          VARCHAR(300) NOT NULL,
    provider_name     VARCHAR(100),
    requests          BIGINT       NOT NULL,
    byok_requests     BIGINT       NOT NULL,
    prompt_tokens     BIGINT       NOT NULL,
    completion_tokens BIGINT       NOT NULL,
    reasoning_tokens  BIGINT       NOT NULL,
    cached_tokens     BIGINT       NOT NULL,
    usage_nanos       BIGINT       NOT NULL,
    byok_usage_nanos  BIGINT       NOT NULL,
    latency           BIGINT       NOT NULL,
    timed_requests    BIGINT       NOT NULL,
    generation_time   BIGINT       NOT NULL,
    timed_tokens      BIGINT       NOT NULL,
    PRIMARY KEY (workspace_id, span, slot, model, endpoint)
) WITHOUT ROWID;

-- Per workspace, day and app.
CREATE TABLE app_usage (
    workspace_id      VARCHAR(36)  NOT NULL,
    day               INTEGER      NOT NULL,
    app_id            INTEGER      NOT NULL,
    requests          BIGINT       NOT NULL,
    byok_requests     BIGINT       NOT NULL,
    prompt_tokens     BIGINT       NOT NULL,
    completion_tokens BIGINT       NOT NULL,
    reasoning_tokens  BIGINT       NOT NULL,
    cached_tokens     BIGINT       NOT NULL,
    usage_nanos       BIGINT       NOT NULL,
    byok_usage_nanos  BIGINT       NOT NULL,
    latency           BIGINT       NOT NULL,
    timed_requests    BIGINT       NOT NULL,
    generation_time   BIGINT       NOT NULL,
    timed_tokens      BIGINT       NOT NULL,
    PRIMARY KEY (workspace_id, day, app_id)
) WITHOUT ROWID;

INSERT INTO workspace_usage (workspace_id, span, slot, model, endpoint, provider_name, requests, byok_requests, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens,
    usage_nanos, byok_usage_nanos, latency, timed_requests, generation_time, timed_tokens)
SELECT k.workspace_id, 86400, u.day, u.model, u.endpoint, max(u.provider_name), sum(u.requests), sum(u.byok_requests), sum(u.prompt_tokens),
       sum(u.completion_tokens), sum(u.reasoning_tokens), sum(u.cached_tokens), sum(u.usage_nanos), sum(u.byok_usage_nanos),
       sum(u.latency), sum(u.timed_requests), sum(u.generation_time), sum(u.timed_tokens)
FROM usage_day u JOIN api_key k ON k.id = u.api_key_id
GROUP BY 1, 2, 3, 4, 5;

INSERT INTO workspace_usage (workspace_id, span, slot, model, endpoint, provider_name, requests, byok_requests, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens,
    usage_nanos, byok_usage_nanos, latency, timed_requests, generation_time, timed_tokens)
SELECT g.workspace_id, 3600, g.created_at / 3600000000, g.model, g.endpoint, max(g.provider_name), count(*), sum(CASE WHEN g.is_byok THEN 1 ELSE 0 END), sum(COALESCE(g.native_tokens_prompt, 0)),
       sum(COALESCE(g.native_tokens_completion, 0)), sum(COALESCE(g.native_tokens_reasoning, 0)),
       sum(COALESCE(g.native_tokens_cached, 0)), sum(g.charge_nanos),
       sum(CASE WHEN g.is_byok THEN g.upstream_cost_nanos ELSE 0 END), sum(COALESCE(g.latency, 0)),
       sum(CASE WHEN g.latency IS NULL THEN 0 ELSE 1 END), sum(COALESCE(g.generation_time, 0)),
       sum(CASE WHEN g.generation_time > 0 THEN COALESCE(g.native_tokens_completion, 0) ELSE 0 END)
FROM generation g
WHERE g.cost_source <> 'void'
GROUP BY 1, 2, 3, 4, 5;

INSERT INTO app_usage (workspace_id, day, app_id, requests, byok_requests, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens,
    usage_nanos, byok_usage_nanos, latency, timed_requests, generation_time, timed_tokens)
SELECT g.workspace_id, g.created_at / 86400000000, g.app_id, count(*), sum(CASE WHEN g.is_byok THEN 1 ELSE 0 END), sum(COALESCE(g.native_tokens_prompt, 0)),
       sum(COALESCE(g.native_tokens_completion, 0)), sum(COALESCE(g.native_tokens_reasoning, 0)),
       sum(COALESCE(g.native_tokens_cached, 0)), sum(g.charge_nanos),
       sum(CASE WHEN g.is_byok THEN g.upstream_cost_nanos ELSE 0 END), sum(COALESCE(g.latency, 0)),
       sum(CASE WHEN g.latency IS NULL THEN 0 ELSE 1 END), sum(COALESCE(g.generation_time, 0)),
       sum(CASE WHEN g.generation_time > 0 THEN COALESCE(g.native_tokens_completion, 0) ELSE 0 END)
FROM generation g
WHERE g.cost_source <> 'void' AND g.app_id IS NOT NULL
GROUP BY 1, 2, 3;

CREATE TABLE usage_day_by_key (
    api_key_id        VARCHAR(36)  NOT NULL,
    day               INTEGER      NOT NULL,
    model             VARCHAR(200) NOT NULL,
    endpoint          VARCHAR(300) NOT NULL,
    provider_name     VARCHAR(100),
    requests          BIGINT       NOT NULL,
    byok_requests     BIGINT       NOT NULL,
    prompt_tokens     BIGINT       NOT NULL,
    completion_tokens BIGINT       NOT NULL,
    reasoning_tokens  BIGINT       NOT NULL,
    cached_tokens     BIGINT       NOT NULL,
    usage_nanos       BIGINT       NOT NULL,
    byok_usage_nanos  BIGINT       NOT NULL,
    latency           BIGINT       NOT NULL,
    timed_requests    BIGINT       NOT NULL,
    generation_time   BIGINT       NOT NULL,
    timed_tokens      BIGINT       NOT NULL,
    PRIMARY KEY (api_key_id, day, model, endpoint)
) WITHOUT ROWID;

INSERT INTO usage_day_by_key (api_key_id, day, model, endpoint, provider_name, requests, byok_requests, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens,
    usage_nanos, byok_usage_nanos, latency, timed_requests, generation_time, timed_tokens)
SELECT api_key_id, day, model, endpoint, provider_name, requests, byok_requests, prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens,
    usage_nanos, byok_usage_nanos, latency, timed_requests, generation_time, timed_tokens
FROM usage_day;

DROP TABLE usage_day;
ALTER TABLE usage_day_by_key RENAME TO usage_day;
