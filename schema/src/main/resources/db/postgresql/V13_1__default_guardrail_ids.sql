UPDATE workspace SET default_guardrail_id = gen_random_uuid()::text WHERE default_guardrail_id IS NULL;
