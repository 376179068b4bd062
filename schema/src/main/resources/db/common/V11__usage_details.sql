-- More figures per key and day, so that analytics answers from roll-ups: requests on the organization's own credentials;
-- latencies, and how many requests had one; the time that answers took to be generated, and their tokens (averages are
-- quotients of sums, so they can be added up over any rows). Times are milliseconds.
ALTER TABLE usage_day ADD COLUMN byok_requests BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_day ADD COLUMN latency BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_day ADD COLUMN timed_requests BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_day ADD COLUMN generation_time BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_day ADD COLUMN timed_tokens BIGINT NOT NULL DEFAULT 0;

UPDATE usage_day SET
    byok_requests   = s.byok_requests,
    latency         = s.latency,
    timed_requests  = s.timed_requests,
    generation_time = s.generation_time,
    timed_tokens    = s.timed_tokens
FROM (
    SELECT g.api_key_id, g.created_at / 86400000000 AS day, g.model, g.endpoint,
           sum(CASE WHEN g.is_byok THEN 1 ELSE 0 END) AS byok_requests,
           sum(COALESCE(g.latency, 0)) AS latency,
           sum(CASE WHEN g.latency IS NULL THEN 0 ELSE 1 END) AS timed_requests,
           sum(COALESCE(g.generation_time, 0)) AS generation_time,
           sum(CASE WHEN g.generation_time > 0 THEN COALESCE(g.native_tokens_completion, 0) ELSE 0 END) AS timed_tokens
    FROM generation g
    WHERE g.cost_source <> 'void'
    GROUP BY 1, 2, 3, 4
) AS s
WHERE usage_day.api_key_id = s.api_key_id AND usage_day.day = s.day
  AND usage_day.model = s.model AND usage_day.endpoint = s.endpoint;

-- What people said about a generation: one opinion of each actor in each category, the newest stands.
CREATE TABLE generation_feedback (
    generation_id   VARCHAR(36)   NOT NULL,
    actor_id        VARCHAR(36)   NOT NULL,
    category        VARCHAR(30)   NOT NULL,
    organization_id VARCHAR(36)   NOT NULL,
    comment         VARCHAR(1000),
    created_at      BIGINT        NOT NULL,
    PRIMARY KEY (generation_id, actor_id, category)
);

-- Prompts and answers, where somebody switched that on. `input` and `error` are JSON; `id` is the generation's.
CREATE TABLE generation_content (
    id         VARCHAR(36) NOT NULL PRIMARY KEY,
    input      TEXT        NOT NULL,
    completion TEXT,
    reasoning  TEXT,
    error      TEXT
);
