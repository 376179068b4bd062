-- The ledger on SQLite. Lists of numbers are JSON arrays in text; the views at the end unfold them, under the same names
-- as on PostgreSQL. Only the writer thread changes these tables.

-- A limit: what it is about, its cap (null: none) and, on a key's TOTAL limit, the gates of the key. Never deleted.
CREATE TABLE limit_definition (
    id          BIGINT      NOT NULL PRIMARY KEY,
    scope       VARCHAR(20) NOT NULL,
    owner       VARCHAR(80) NOT NULL,
    window_kind VARCHAR(10) NOT NULL,
    cap         BIGINT,
    closed_at   BIGINT,
    expires_at  BIGINT,
    policy_seq  BIGINT      NOT NULL,
    created_at  BIGINT      NOT NULL,
    removed_at  BIGINT,
    UNIQUE (scope, owner, window_kind)
) WITHOUT ROWID;

-- One window of a limit, inserted on first use. `seed` is the part of `used` that was posted before the limit began.
CREATE TABLE limit_window (
    definition_id BIGINT NOT NULL REFERENCES limit_definition (id),
    window_start  BIGINT NOT NULL,
    used          BIGINT NOT NULL CHECK (used >= 0),
    held          BIGINT NOT NULL CHECK (held >= 0),
    seed          BIGINT NOT NULL CHECK (seed >= 0),
    PRIMARY KEY (definition_id, window_start)
) WITHOUT ROWID;

-- Money set aside: `limits`, `windows` and `amounts` side by side, the calling key's TOTAL limit first.
CREATE TABLE hold (
    generation    VARCHAR(36)  NOT NULL PRIMARY KEY,
    node          VARCHAR(36)  NOT NULL,
    boot          VARCHAR(36)  NOT NULL,
    created_at    BIGINT       NOT NULL,
    limits        TEXT         NOT NULL,
    windows       TEXT         NOT NULL,
    amounts       TEXT         NOT NULL,
    price_version VARCHAR(100) NOT NULL,
    context       TEXT
) WITHOUT ROWID;

-- What a generation was charged, kept for ever. `amounts` are the charges; `charged` is the one on the balance, the
-- entry from the customer's account to revenue. `held_at` decides the windows; it is null where no limit is touched.
CREATE TABLE posting (
    generation    VARCHAR(36) NOT NULL PRIMARY KEY,
    key_limit_id  BIGINT,
    held_at       BIGINT,
    posted_at     BIGINT      NOT NULL,
    corrected_at  BIGINT,
    limits        TEXT        NOT NULL,
    windows       TEXT        NOT NULL,
    amounts       TEXT        NOT NULL,
    charged       BIGINT      NOT NULL,
    real_cost     BIGINT      NOT NULL,
    source        VARCHAR(10) NOT NULL,
    price_version VARCHAR(100)
) WITHOUT ROWID;

CREATE INDEX posting_by_key ON posting (key_limit_id, held_at) WHERE held_at IS NOT NULL;

-- Records of generations that their own table refused; the money was settled all the same.
CREATE TABLE posting_quarantine (
    generation VARCHAR(36) NOT NULL PRIMARY KEY,
    at         BIGINT      NOT NULL,
    record     TEXT        NOT NULL
);

CREATE TABLE account (
    id              VARCHAR(36) NOT NULL PRIMARY KEY,
    organization_id VARCHAR(36) REFERENCES organization (id),
    kind            VARCHAR(20) NOT NULL,
    UNIQUE (organization_id, kind)
);

INSERT INTO account (id, organization_id, kind) VALUES
    ('funding', NULL, 'funding'),
    ('revenue', NULL, 'revenue'),
    ('provider_cost', NULL, 'provider_cost'),
    ('overrun', NULL, 'overrun'),
    ('insurance', NULL, 'insurance'),
    ('rounding', NULL, 'rounding');

CREATE TABLE transfer (
    id              VARCHAR(36)   NOT NULL PRIMARY KEY,
    at              BIGINT        NOT NULL,
    organization_id VARCHAR(36)   NOT NULL REFERENCES organization (id),
    kind            VARCHAR(20)   NOT NULL,
    debit           VARCHAR(36)   NOT NULL REFERENCES account (id),
    credit          VARCHAR(36)   NOT NULL REFERENCES account (id),
    amount          BIGINT        NOT NULL CHECK (amount > 0),
    reference       VARCHAR(200)  NOT NULL,
    actor           VARCHAR(200)  NOT NULL,
    reason          VARCHAR(1000) NOT NULL,
    UNIQUE (organization_id, reference)
);

CREATE VIEW hold_line AS
SELECT h.generation, CAST(l.value AS BIGINT) AS definition_id,
       CAST(json_extract(h.windows, '$[' || l.key || ']') AS BIGINT) AS window_start,
       CAST(json_extract(h.amounts, '$[' || l.key || ']') AS BIGINT) AS amount
FROM hold h, json_each(h.limits) l;

CREATE VIEW posting_line AS
SELECT p.generation, p.key_limit_id, p.held_at, CAST(l.value AS BIGINT) AS definition_id,
       CAST(json_extract(p.windows, '$[' || l.key || ']') AS BIGINT) AS window_start,
       CAST(json_extract(p.amounts, '$[' || l.key || ']') AS BIGINT) AS amount
FROM posting p, json_each(p.limits) l;
