-- Moves the roll-ups of generations, once for each batch and in the order of their keys, so that two batches cannot wait for
-- each other; Flyway runs this file again whenever its text changes. The argument is the sign: a change of a generation (an
-- orphan that turns out cheaper) takes its old figures out and puts the new ones in. On SQLite dev.faregate.usage.UsageSums
-- does the same. Its sums are those of V26.
CREATE OR REPLACE FUNCTION generation_roll_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign CONSTANT BIGINT := TG_ARGV[0];
BEGIN
    IF NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
    END IF;

    INSERT INTO usage_day AS u (api_key_id, day, model, endpoint, provider_name, requests, byok_requests,
        prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, usage_nanos, byok_usage_nanos, latency,
        timed_requests, generation_time, timed_tokens)
    SELECT g.api_key_id, g.created_at / 86400000000, g.model, g.endpoint, max(g.provider_name),
           sign * count(*), sign * count(*) FILTER (WHERE g.is_byok), sign * fg_sum(COALESCE(g.native_tokens_prompt, 0)),
           sign * fg_sum(COALESCE(g.native_tokens_completion, 0)), sign * fg_sum(COALESCE(g.native_tokens_reasoning, 0)),
           sign * fg_sum(COALESCE(g.native_tokens_cached, 0)), sign * fg_sum(g.charge_nanos),
           sign * fg_sum(CASE WHEN g.is_byok THEN g.upstream_cost_nanos ELSE 0 END), sign * fg_sum(COALESCE(g.latency, 0)),
           sign * count(g.latency), sign * fg_sum(COALESCE(g.generation_time, 0)),
           sign * fg_sum(CASE WHEN g.generation_time > 0 THEN COALESCE(g.native_tokens_completion, 0) ELSE 0 END)
    FROM changed g
    WHERE g.cost_source <> 'void'
    GROUP BY 1, 2, 3, 4
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (api_key_id, day, model, endpoint) DO UPDATE SET
        requests          = u.requests + excluded.requests,
        byok_requests     = u.byok_requests + excluded.byok_requests,
        prompt_tokens     = u.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = u.completion_tokens + excluded.completion_tokens,
        reasoning_tokens  = u.reasoning_tokens + excluded.reasoning_tokens,
        cached_tokens     = u.cached_tokens + excluded.cached_tokens,
        usage_nanos       = u.usage_nanos + excluded.usage_nanos,
        byok_usage_nanos  = u.byok_usage_nanos + excluded.byok_usage_nanos,
        latency           = u.latency + excluded.latency,
        timed_requests    = u.timed_requests + excluded.timed_requests,
        generation_time   = u.generation_time + excluded.generation_time,
        timed_tokens      = u.timed_tokens + excluded.timed_tokens;

    INSERT INTO workspace_usage AS u (workspace_id, span, slot, model, endpoint, provider_name, requests, byok_requests,
        prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, usage_nanos, byok_usage_nanos, latency,
        timed_requests, generation_time, timed_tokens)
    SELECT g.workspace_id, s.span, g.created_at / (s.span * 1000000::BIGINT), g.model, g.endpoint, max(g.provider_name),
           sign * count(*), sign * count(*) FILTER (WHERE g.is_byok), sign * fg_sum(COALESCE(g.native_tokens_prompt, 0)),
           sign * fg_sum(COALESCE(g.native_tokens_completion, 0)), sign * fg_sum(COALESCE(g.native_tokens_reasoning, 0)),
           sign * fg_sum(COALESCE(g.native_tokens_cached, 0)), sign * fg_sum(g.charge_nanos),
           sign * fg_sum(CASE WHEN g.is_byok THEN g.upstream_cost_nanos ELSE 0 END), sign * fg_sum(COALESCE(g.latency, 0)),
           sign * count(g.latency), sign * fg_sum(COALESCE(g.generation_time, 0)),
           sign * fg_sum(CASE WHEN g.generation_time > 0 THEN COALESCE(g.native_tokens_completion, 0) ELSE 0 END)
    FROM changed g CROSS JOIN (VALUES (3600), (86400)) AS s (span)
    WHERE g.cost_source <> 'void'
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (workspace_id, span, slot, model, endpoint) DO UPDATE SET
        requests          = u.requests + excluded.requests,
        byok_requests     = u.byok_requests + excluded.byok_requests,
        prompt_tokens     = u.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = u.completion_tokens + excluded.completion_tokens,
        reasoning_tokens  = u.reasoning_tokens + excluded.reasoning_tokens,
        cached_tokens     = u.cached_tokens + excluded.cached_tokens,
        usage_nanos       = u.usage_nanos + excluded.usage_nanos,
        byok_usage_nanos  = u.byok_usage_nanos + excluded.byok_usage_nanos,
        latency           = u.latency + excluded.latency,
        timed_requests    = u.timed_requests + excluded.timed_requests,
        generation_time   = u.generation_time + excluded.generation_time,
        timed_tokens      = u.timed_tokens + excluded.timed_tokens;

    INSERT INTO app_usage AS u (workspace_id, day, app_id, requests, byok_requests, prompt_tokens,
        completion_tokens, reasoning_tokens, cached_tokens, usage_nanos, byok_usage_nanos, latency, timed_requests,
        generation_time, timed_tokens)
    SELECT g.workspace_id, g.created_at / 86400000000, g.app_id,
           sign * count(*), sign * count(*) FILTER (WHERE g.is_byok), sign * fg_sum(COALESCE(g.native_tokens_prompt, 0)),
           sign * fg_sum(COALESCE(g.native_tokens_completion, 0)), sign * fg_sum(COALESCE(g.native_tokens_reasoning, 0)),
           sign * fg_sum(COALESCE(g.native_tokens_cached, 0)), sign * fg_sum(g.charge_nanos),
           sign * fg_sum(CASE WHEN g.is_byok THEN g.upstream_cost_nanos ELSE 0 END), sign * fg_sum(COALESCE(g.latency, 0)),
           sign * count(g.latency), sign * fg_sum(COALESCE(g.generation_time, 0)),
           sign * fg_sum(CASE WHEN g.generation_time > 0 THEN COALESCE(g.native_tokens_completion, 0) ELSE 0 END)
    FROM changed g
    WHERE g.cost_source <> 'void' AND g.app_id IS NOT NULL
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (workspace_id, day, app_id) DO UPDATE SET
        requests          = u.requests + excluded.requests,
        byok_requests     = u.byok_requests + excluded.byok_requests,
        prompt_tokens     = u.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = u.completion_tokens + excluded.completion_tokens,
        reasoning_tokens  = u.reasoning_tokens + excluded.reasoning_tokens,
        cached_tokens     = u.cached_tokens + excluded.cached_tokens,
        usage_nanos       = u.usage_nanos + excluded.usage_nanos,
        byok_usage_nanos  = u.byok_usage_nanos + excluded.byok_usage_nanos,
        latency           = u.latency + excluded.latency,
        timed_requests    = u.timed_requests + excluded.timed_requests,
        generation_time   = u.generation_time + excluded.generation_time,
        timed_tokens      = u.timed_tokens + excluded.timed_tokens;

    INSERT INTO usage_counter AS u (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at)
    SELECT c.api_key_id, COALESCE(c.created_at / 86400000000, 2147483647),
           sign * count(*) FILTER (WHERE c.cost_source <> 'void'),
           COALESCE(sign * fg_sum(c.charge_nanos) FILTER (WHERE c.cost_source <> 'void'), 0),
           COALESCE(sign * fg_sum(c.upstream_cost_nanos) FILTER (WHERE c.is_byok AND c.cost_source <> 'void'), 0),
           max(c.created_at)
    FROM changed c
    GROUP BY GROUPING SETS ((c.api_key_id, c.created_at / 86400000000), (c.api_key_id))
    ORDER BY 1, 2
    ON CONFLICT (api_key_id, day) DO UPDATE SET
        requests         = u.requests + excluded.requests,
        usage_nanos      = u.usage_nanos + excluded.usage_nanos,
        byok_usage_nanos = u.byok_usage_nanos + excluded.byok_usage_nanos,
        last_used_at     = greatest(u.last_used_at, excluded.last_used_at);

    INSERT INTO free_request_day AS u (organization_id, day, requests)
    SELECT c.organization_id, c.created_at / 86400000000, sign * count(*)
    FROM changed c
    WHERE c.is_free AND NOT c.is_byok AND c.cost_source <> 'void'
    GROUP BY 1, 2
    ORDER BY 1, 2
    ON CONFLICT (organization_id, day) DO UPDATE SET requests = u.requests + excluded.requests;
    RETURN NULL;
END
$$;
