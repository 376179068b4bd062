-- One row per finished inference. The ledger inserts it in the batch that settles the hold; its columns are filled by
-- dev.faregate.usage.Generation. There are no foreign keys: the row is written on the hot path, after the key was
-- authenticated, and outlives whatever it names. Ids are UUIDv7, so the primary key is also the order in time; details
-- older than the retention time are deleted by it. Durations are milliseconds.
CREATE TABLE generation (
    id                       VARCHAR(36)  NOT NULL PRIMARY KEY,
    organization_id          VARCHAR(36)  NOT NULL,
    workspace_id             VARCHAR(36)  NOT NULL,
    api_key_id               VARCHAR(36)  NOT NULL,
    app_id                   INTEGER,
    created_at               BIGINT       NOT NULL,
    api_type                 VARCHAR(20)  NOT NULL,
    -- Three names for good: asked for, sent upstream, answered; `model` is the catalogue's id of the one that served.
    requested_model          VARCHAR(200) NOT NULL,
    model                    VARCHAR(200) NOT NULL,
    upstream_model           VARCHAR(200),
    reported_model           VARCHAR(200),
    provider                 VARCHAR(100),
    provider_name            VARCHAR(100),
    endpoint                 VARCHAR(300) NOT NULL,
    router                   VARCHAR(200),
    preset_id                VARCHAR(36),
    service_tier             VARCHAR(30),
    data_region              VARCHAR(20)  NOT NULL,
    -- What the client got: HTTP status and, for a failure, the error type.
    status                   INTEGER      NOT NULL,
    error_type               VARCHAR(60),
    streamed                 BOOLEAN      NOT NULL,
    cancelled                BOOLEAN      NOT NULL,
    finish_reason            VARCHAR(60),
    native_finish_reason     VARCHAR(60),
    latency                  BIGINT,
    generation_time          BIGINT,
    moderation_latency       BIGINT,
    -- Normalised counts, then the provider's own, which are billed.
    tokens_prompt            BIGINT,
    tokens_completion        BIGINT,
    native_tokens_prompt     BIGINT,
    native_tokens_completion BIGINT,
    native_tokens_cached     BIGINT,
    native_tokens_cache_write BIGINT,
    native_tokens_reasoning  BIGINT,
    native_tokens_images     BIGINT,
    num_media_prompt         BIGINT,
    num_audio_prompt         BIGINT,
    num_media_completion     BIGINT,
    num_search_results       BIGINT,
    num_fetches              BIGINT,
    web_search_engine        VARCHAR(60),
    -- What the organization paid, what the provider charges for it at list price, and how that is known.
    charge_nanos             BIGINT       NOT NULL,
    upstream_cost_nanos      BIGINT       NOT NULL,
    cache_discount_nanos     BIGINT,
    cost_source              VARCHAR(10)  NOT NULL CHECK (cost_source IN ('exact', 'estimated', 'orphan', 'void')),
    price_version            VARCHAR(100),
    is_byok                  BOOLEAN      NOT NULL,
    is_free                  BOOLEAN      NOT NULL,
    -- What the client said about itself.
    external_user            VARCHAR(256),
    session_id               VARCHAR(256),
    request_id               VARCHAR(100),
    http_referer             VARCHAR(500),
    user_agent               VARCHAR(300),
    upstream_id              VARCHAR(200),
    cache_source_id          VARCHAR(40),
    -- JSON, replayed byte for byte: one entry per attempt.
    attempts                 TEXT
);

CREATE INDEX generation_by_key ON generation (api_key_id, created_at);
CREATE INDEX generation_by_workspace ON generation (workspace_id, created_at);

-- The roll-ups below are kept by triggers on `generation` (same version, per database), so they are exact whoever
-- writes it, and they stay when details are deleted. Void generations count for nothing. `day` is the number of days
-- since the epoch, UTC, of `generation.created_at`.

-- Per key, day, model and model endpoint: what activity pages and charts add up.
CREATE TABLE usage_day (
    api_key_id        VARCHAR(36)  NOT NULL,
    day               INTEGER      NOT NULL,
    model             VARCHAR(200) NOT NULL,
    endpoint          VARCHAR(300) NOT NULL,
    provider_name     VARCHAR(100),
    requests          BIGINT       NOT NULL,
    prompt_tokens     BIGINT       NOT NULL,
    completion_tokens BIGINT       NOT NULL,
    reasoning_tokens  BIGINT       NOT NULL,
    cached_tokens     BIGINT       NOT NULL,
    usage_nanos       BIGINT       NOT NULL,
    byok_usage_nanos  BIGINT       NOT NULL,
    PRIMARY KEY (api_key_id, day, model, endpoint)
);

-- Per key and day, with the sum of all time as the row of day 2147483647: "everything since some day, and the total"
-- is one range of the primary key.
CREATE TABLE usage_counter (
    api_key_id        VARCHAR(36)  NOT NULL,
    day               INTEGER      NOT NULL,
    requests          BIGINT       NOT NULL,
    usage_nanos       BIGINT       NOT NULL,
    byok_usage_nanos  BIGINT       NOT NULL,
    PRIMARY KEY (api_key_id, day)
);

-- Requests to free models on our own capacity, per organization and day.
CREATE TABLE free_request_day (
    organization_id   VARCHAR(36)  NOT NULL,
    day               INTEGER      NOT NULL,
    requests          BIGINT       NOT NULL,
    PRIMARY KEY (organization_id, day)
);

-- A client program, as it names itself in headers; `identity` is its origin, with the title for local ones.
CREATE TABLE app (
    id         INTEGER      NOT NULL PRIMARY KEY,
    identity   VARCHAR(400) NOT NULL UNIQUE,
    origin     VARCHAR(270) NOT NULL,
    title      VARCHAR(100),
    categories VARCHAR(400) NOT NULL,
    created_at BIGINT       NOT NULL
);

-- Management writes that carried an Idempotency-Key: what was asked, and the record that it made or changed.
CREATE TABLE idempotent_write (
    organization_id VARCHAR(36)  NOT NULL,
    idempotency_key VARCHAR(255) NOT NULL,
    content_hash    CHAR(64)     NOT NULL,
    record_id       VARCHAR(36)  NOT NULL,
    created_at      BIGINT       NOT NULL,
    PRIMARY KEY (organization_id, idempotency_key)
);

CREATE INDEX idempotent_write_by_time ON idempotent_write (created_at);
