-- Keeps the roll-ups of V3. SQLite has row triggers only: one generation in, at most four counters moved.
-- A change of a generation (an orphan that turns out cheaper) takes its old figures out and puts the new ones in.

CREATE TRIGGER generation_added AFTER INSERT ON generation WHEN NEW.cost_source <> 'void'
BEGIN
    INSERT INTO usage_day (api_key_id, day, model, endpoint, provider_name, requests, prompt_tokens, completion_tokens,
                           reasoning_tokens, cached_tokens, usage_nanos, byok_usage_nanos)
    VALUES (NEW.api_key_id, NEW.created_at / 86400000000, NEW.model, NEW.endpoint, NEW.provider_name, 1,
            COALESCE(NEW.native_tokens_prompt, 0), COALESCE(NEW.native_tokens_completion, 0),
            COALESCE(NEW.native_tokens_reasoning, 0), COALESCE(NEW.native_tokens_cached, 0),
            NEW.charge_nanos, CASE WHEN NEW.is_byok THEN NEW.upstream_cost_nanos ELSE 0 END)
    ON CONFLICT (api_key_id, day, model, endpoint) DO UPDATE SET
        requests          = requests + excluded.requests,
        prompt_tokens     = prompt_tokens + excluded.prompt_tokens,
        completion_tokens = completion_tokens + excluded.completion_tokens,
        reasoning_tokens  = reasoning_tokens + excluded.reasoning_tokens,
        cached_tokens     = cached_tokens + excluded.cached_tokens,
        usage_nanos       = usage_nanos + excluded.usage_nanos,
        byok_usage_nanos  = byok_usage_nanos + excluded.byok_usage_nanos;
    INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos)
    VALUES (NEW.api_key_id, NEW.created_at / 86400000000, 1,
            NEW.charge_nanos, CASE WHEN NEW.is_byok THEN NEW.upstream_cost_nanos ELSE 0 END),
           (NEW.api_key_id, 2147483647, 1,
            NEW.charge_nanos, CASE WHEN NEW.is_byok THEN NEW.upstream_cost_nanos ELSE 0 END)
    ON CONFLICT (api_key_id, day) DO UPDATE SET
        requests         = requests + excluded.requests,
        usage_nanos      = usage_nanos + excluded.usage_nanos,
        byok_usage_nanos = byok_usage_nanos + excluded.byok_usage_nanos;
END;

CREATE TRIGGER generation_added_free AFTER INSERT ON generation WHEN NEW.is_free AND NOT NEW.is_byok AND NEW.cost_source <> 'void'
BEGIN
    INSERT INTO free_request_day (organization_id, day, requests)
    VALUES (NEW.organization_id, NEW.created_at / 86400000000, 1)
    ON CONFLICT (organization_id, day) DO UPDATE SET requests = requests + excluded.requests;
END;

CREATE TRIGGER generation_changed_out AFTER UPDATE ON generation WHEN OLD.cost_source <> 'void'
BEGIN
    INSERT INTO usage_day (api_key_id, day, model, endpoint, provider_name, requests, prompt_tokens, completion_tokens,
                           reasoning_tokens, cached_tokens, usage_nanos, byok_usage_nanos)
    VALUES (OLD.api_key_id, OLD.created_at / 86400000000, OLD.model, OLD.endpoint, OLD.provider_name, -1,
            -COALESCE(OLD.native_tokens_prompt, 0), -COALESCE(OLD.native_tokens_completion, 0),
            -COALESCE(OLD.native_tokens_reasoning, 0), -COALESCE(OLD.native_tokens_cached, 0),
            -OLD.charge_nanos, -CASE WHEN OLD.is_byok THEN OLD.upstream_cost_nanos ELSE 0 END)
    ON CONFLICT (api_key_id, day, model, endpoint) DO UPDATE SET
        requests          = requests + excluded.requests,
        prompt_tokens     = prompt_tokens + excluded.prompt_tokens,
        completion_tokens = completion_tokens + excluded.completion_tokens,
        reasoning_tokens  = reasoning_tokens + excluded.reasoning_tokens,
        cached_tokens     = cached_tokens + excluded.cached_tokens,
        usage_nanos       = usage_nanos + excluded.usage_nanos,
        byok_usage_nanos  = byok_usage_nanos + excluded.byok_usage_nanos;
    INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos)
    VALUES (OLD.api_key_id, OLD.created_at / 86400000000, -1,
            -OLD.charge_nanos, -CASE WHEN OLD.is_byok THEN OLD.upstream_cost_nanos ELSE 0 END),
           (OLD.api_key_id, 2147483647, -1,
            -OLD.charge_nanos, -CASE WHEN OLD.is_byok THEN OLD.upstream_cost_nanos ELSE 0 END)
    ON CONFLICT (api_key_id, day) DO UPDATE SET
        requests         = requests + excluded.requests,
        usage_nanos      = usage_nanos + excluded.usage_nanos,
        byok_usage_nanos = byok_usage_nanos + excluded.byok_usage_nanos;
END;

CREATE TRIGGER generation_changed_in AFTER UPDATE ON generation WHEN NEW.cost_source <> 'void'
BEGIN
    INSERT INTO usage_day (api_key_id, day, model, endpoint, provider_name, requests, prompt_tokens, completion_tokens,
                           reasoning_tokens, cached_tokens, usage_nanos, byok_usage_nanos)
    VALUES (NEW.api_key_id, NEW.created_at / 86400000000, NEW.model, NEW.endpoint, NEW.provider_name, 1,
            COALESCE(NEW.native_tokens_prompt, 0), COALESCE(NEW.native_tokens_completion, 0),
            COALESCE(NEW.native_tokens_reasoning, 0), COALESCE(NEW.native_tokens_cached, 0),
            NEW.charge_nanos, CASE WHEN NEW.is_byok THEN NEW.upstream_cost_nanos ELSE 0 END)
    ON CONFLICT (api_key_id, day, model, endpoint) DO UPDATE SET
        requests          = requests + excluded.requests,
        prompt_tokens     = prompt_tokens + excluded.prompt_tokens,
        completion_tokens = completion_tokens + excluded.completion_tokens,
        reasoning_tokens  = reasoning_tokens + excluded.reasoning_tokens,
        cached_tokens     = cached_tokens + excluded.cached_tokens,
        usage_nanos       = usage_nanos + excluded.usage_nanos,
        byok_usage_nanos  = byok_usage_nanos + excluded.byok_usage_nanos;
    INSERT INTO usage_counter (api_key_id, day, requests, usage_nanos, byok_usage_nanos)
    VALUES (NEW.api_key_id, NEW.created_at / 86400000000, 1,
            NEW.charge_nanos, CASE WHEN NEW.is_byok THEN NEW.upstream_cost_nanos ELSE 0 END),
           (NEW.api_key_id, 2147483647, 1,
            NEW.charge_nanos, CASE WHEN NEW.is_byok THEN NEW.upstream_cost_nanos ELSE 0 END)
    ON CONFLICT (api_key_id, day) DO UPDATE SET
        requests         = requests + excluded.requests,
        usage_nanos      = usage_nanos + excluded.usage_nanos,
        byok_usage_nanos = byok_usage_nanos + excluded.byok_usage_nanos;
END;

CREATE TRIGGER generation_changed_out_free AFTER UPDATE ON generation WHEN OLD.is_free AND NOT OLD.is_byok AND OLD.cost_source <> 'void'
BEGIN
    INSERT INTO free_request_day (organization_id, day, requests)
    VALUES (OLD.organization_id, OLD.created_at / 86400000000, -1)
    ON CONFLICT (organization_id, day) DO UPDATE SET requests = requests + excluded.requests;
END;

CREATE TRIGGER generation_changed_in_free AFTER UPDATE ON generation WHEN NEW.is_free AND NOT NEW.is_byok AND NEW.cost_source <> 'void'
BEGIN
    INSERT INTO free_request_day (organization_id, day, requests)
    VALUES (NEW.organization_id, NEW.created_at / 86400000000, 1)
    ON CONFLICT (organization_id, day) DO UPDATE SET requests = requests + excluded.requests;
END;
