-- The roll-ups of V3_1 with the time of a key's last use, which a void generation moves too.
CREATE OR REPLACE FUNCTION generation_roll_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign CONSTANT BIGINT := TG_ARGV[0];
BEGIN
    IF NOT EXISTS (SELECT FROM changed) THEN
        RETURN NULL;
    END IF;

    INSERT INTO usage_day AS u (api_key_id, day, model, endpoint, provider_name, requests, prompt_tokens,
                                completion_tokens, reasoning_tokens, cached_tokens, usage_nanos, byok_usage_nanos)
    SELECT c.api_key_id, c.created_at / 86400000000, c.model, c.endpoint, max(c.provider_name), sign * count(*),
           sign * sum(COALESCE(c.native_tokens_prompt, 0)), sign * sum(COALESCE(c.native_tokens_completion, 0)),
           sign * sum(COALESCE(c.native_tokens_reasoning, 0)), sign * sum(COALESCE(c.native_tokens_cached, 0)),
           sign * sum(c.charge_nanos), sign * sum(CASE WHEN c.is_byok THEN c.upstream_cost_nanos ELSE 0 END)
    FROM changed c
    WHERE c.cost_source <> 'void'
    GROUP BY 1, 2, 3, 4
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (api_key_id, day, model, endpoint) DO UPDATE SET
        requests          = u.requests + excluded.requests,
        prompt_tokens     = u.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = u.completion_tokens + excluded.completion_tokens,
        reasoning_tokens  = u.reasoning_tokens + excluded.reasoning_tokens,
        cached_tokens     = u.cached_tokens + excluded.cached_tokens,
        usage_nanos       = u.usage_nanos + excluded.usage_nanos,
        byok_usage_nanos  = u.byok_usage_nanos + excluded.byok_usage_nanos;

    INSERT INTO usage_counter AS u (api_key_id, day, requests, usage_nanos, byok_usage_nanos, last_used_at)
    SELECT c.api_key_id, COALESCE(c.created_at / 86400000000, 2147483647),
           sign * count(*) FILTER (WHERE c.cost_source <> 'void'),
           COALESCE(sign * sum(c.charge_nanos) FILTER (WHERE c.cost_source <> 'void'), 0),
           COALESCE(sign * sum(c.upstream_cost_nanos) FILTER (WHERE c.is_byok AND c.cost_source <> 'void'), 0),
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
