-- Moves the roll-ups of generations, once for each batch and in the order of their keys, so that two batches cannot wait for
-- each other; Flyway runs this file again whenever its text changes. The argument is the sign: a change of a generation (an
-- orphan that turns out cheaper) takes its old figures out and puts the new ones in. On SQLite dev.faregate.usage.UsageSums
-- does the same. Its sums are those of V26.
--
-- The generations of a batch are wide and read once: into the smallest groups that every roll-up can be made of.
CREATE OR REPLACE FUNCTION generation_roll_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign CONSTANT BIGINT := TG_ARGV[0];
BEGIN
    IF NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
    END IF;

    WITH every AS MATERIALIZED (
        SELECT g.organization_id, g.workspace_id, g.api_key_id, g.app_id, g.created_at / 3600000000 AS hour, g.model, g.endpoint,
               g.is_free AND NOT g.is_byok AS free, g.cost_source <> 'void' AS counts, max(g.created_at) AS last_used_at,
               max(g.provider_name) AS provider_name,
               sign * count(*) AS requests,
               sign * count(*) FILTER (WHERE g.is_byok) AS byok_requests,
               sign * fg_sum(COALESCE(g.native_tokens_prompt, 0)) AS prompt_tokens,
               sign * fg_sum(COALESCE(g.native_tokens_completion, 0)) AS completion_tokens,
               sign * fg_sum(COALESCE(g.native_tokens_reasoning, 0)) AS reasoning_tokens,
               sign * fg_sum(COALESCE(g.native_tokens_cached, 0)) AS cached_tokens,
               sign * fg_sum(g.charge_nanos) AS usage_nanos,
               sign * fg_sum(CASE WHEN g.is_byok THEN g.upstream_cost_nanos ELSE 0 END) AS byok_usage_nanos,
               sign * fg_sum(COALESCE(g.latency, 0)) AS latency,
               sign * count(g.latency) AS timed_requests,
               sign * fg_sum(COALESCE(g.generation_time, 0)) AS generation_time,
               sign * fg_sum(CASE WHEN g.generation_time > 0 THEN COALESCE(g.native_tokens_completion, 0) ELSE 0 END)
                   AS timed_tokens
        FROM changed g
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    ), counted AS MATERIALIZED (
        SELECT * FROM every WHERE counts
    ), keys AS (
        INSERT INTO usage_day AS u (
            api_key_id, day, model, endpoint, provider_name, requests, byok_requests, prompt_tokens,
            completion_tokens, reasoning_tokens, cached_tokens, usage_nanos, byok_usage_nanos, latency,
            timed_requests, generation_time, timed_tokens)
        SELECT
            f.api_key_id, f.hour / 24, f.model, f.endpoint, max(f.provider_name), fg_sum(f.requests),
            fg_sum(f.byok_requests), fg_sum(f.prompt_tokens), fg_sum(f.completion_tokens), fg_sum(f.reasoning_tokens),
            fg_sum(f.cached_tokens), fg_sum(f.usage_nanos), fg_sum(f.byok_usage_nanos), fg_sum(f.latency),
            fg_sum(f.timed_requests), fg_sum(f.generation_time), fg_sum(f.timed_tokens)
        FROM counted f
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
            timed_tokens      = u.timed_tokens + excluded.timed_tokens
    ), workspaces AS (
        INSERT INTO workspace_usage AS u (
            workspace_id, span, slot, model, endpoint, provider_name, requests, byok_requests, prompt_tokens,
            completion_tokens, reasoning_tokens, cached_tokens, usage_nanos, byok_usage_nanos, latency,
            timed_requests, generation_time, timed_tokens)
        SELECT
            f.workspace_id, s.span, f.hour / (s.span / 3600), f.model, f.endpoint, max(f.provider_name),
            fg_sum(f.requests), fg_sum(f.byok_requests), fg_sum(f.prompt_tokens), fg_sum(f.completion_tokens),
            fg_sum(f.reasoning_tokens), fg_sum(f.cached_tokens), fg_sum(f.usage_nanos), fg_sum(f.byok_usage_nanos),
            fg_sum(f.latency), fg_sum(f.timed_requests), fg_sum(f.generation_time), fg_sum(f.timed_tokens)
        FROM counted f CROSS JOIN (VALUES (3600), (86400)) AS s (span)
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
            timed_tokens      = u.timed_tokens + excluded.timed_tokens
    ), apps AS (
        INSERT INTO app_usage AS u (
            workspace_id, day, app_id, requests, byok_requests, prompt_tokens, completion_tokens, reasoning_tokens,
            cached_tokens, usage_nanos, byok_usage_nanos, latency, timed_requests, generation_time, timed_tokens)
        SELECT
            f.workspace_id, f.hour / 24, f.app_id, fg_sum(f.requests), fg_sum(f.byok_requests),
            fg_sum(f.prompt_tokens), fg_sum(f.completion_tokens), fg_sum(f.reasoning_tokens), fg_sum(f.cached_tokens),
            fg_sum(f.usage_nanos), fg_sum(f.byok_usage_nanos), fg_sum(f.latency), fg_sum(f.timed_requests),
            fg_sum(f.generation_time), fg_sum(f.timed_tokens)
        FROM counted f
        WHERE f.app_id IS NOT NULL
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
            timed_tokens      = u.timed_tokens + excluded.timed_tokens
    ), counters AS (
        INSERT INTO usage_counter AS u (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at)
        SELECT f.api_key_id, COALESCE(f.hour / 24, 2147483647),
               COALESCE(fg_sum(f.requests) FILTER (WHERE f.counts), 0),
               COALESCE(fg_sum(f.usage_nanos) FILTER (WHERE f.counts), 0),
               COALESCE(fg_sum(f.byok_usage_nanos) FILTER (WHERE f.counts), 0),
               max(f.last_used_at)
        FROM every f
        GROUP BY GROUPING SETS ((f.api_key_id, f.hour / 24), (f.api_key_id))
        ORDER BY 1, 2
        ON CONFLICT (api_key_id, day) DO UPDATE SET
            requests         = u.requests + excluded.requests,
            usage_nanos      = u.usage_nanos + excluded.usage_nanos,
            byok_usage_nanos = u.byok_usage_nanos + excluded.byok_usage_nanos,
            last_used_at     = greatest(u.last_used_at, excluded.last_used_at)
    )
    INSERT INTO free_request_day AS u (organization_id, day, requests)
    SELECT f.organization_id, f.hour / 24, fg_sum(f.requests)
    FROM counted f
    WHERE f.free
    GROUP BY 1, 2
    ORDER BY 1, 2
    ON CONFLICT (organization_id, day) DO UPDATE SET requests = u.requests + excluded.requests;
    RETURN NULL;
END
$$;
