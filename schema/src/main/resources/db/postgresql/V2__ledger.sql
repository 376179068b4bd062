-- The ledger on PostgreSQL. Who changes a window, a hold or a posting has locked the definitions it names, in the order
-- of their ids: one kind of lock, one order.

-- A limit: what it is about, its cap (null: none) and, on a key's TOTAL limit, the gates of the key. Never deleted.
CREATE SEQUENCE limit_definition_id;

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
) WITH (fillfactor = 70);

-- One window of a limit, inserted on first use. `seed` is the part of `used` that was posted before the limit began.
CREATE TABLE limit_window (
    definition_id BIGINT NOT NULL REFERENCES limit_definition (id),
    window_start  BIGINT NOT NULL,
    used          BIGINT NOT NULL CHECK (used >= 0),
    held          BIGINT NOT NULL CHECK (held >= 0),
    seed          BIGINT NOT NULL CHECK (seed >= 0),
    PRIMARY KEY (definition_id, window_start)
) WITH (fillfactor = 50);

-- Money set aside: `limits`, `windows` and `amounts` side by side, the calling key's TOTAL limit first.
CREATE TABLE hold (
    generation    VARCHAR(36) COLLATE "C" NOT NULL PRIMARY KEY,
    node          VARCHAR(36)  NOT NULL,
    boot          VARCHAR(36)  NOT NULL,
    created_at    BIGINT       NOT NULL,
    limits        BIGINT[]     NOT NULL,
    windows       BIGINT[]     NOT NULL,
    amounts       BIGINT[]     NOT NULL,
    price_version VARCHAR(100) NOT NULL,
    context       TEXT
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 10000);

-- What a generation was charged, kept for ever. `amounts` are the charges; `charged` is the one on the balance, the
-- entry from the customer's account to revenue. `held_at` decides the windows; it is null where no limit is touched.
CREATE TABLE posting (
    generation    VARCHAR(36) COLLATE "C" NOT NULL PRIMARY KEY,
    key_limit_id  BIGINT,
    held_at       BIGINT,
    posted_at     BIGINT      NOT NULL,
    corrected_at  BIGINT,
    limits        BIGINT[]    NOT NULL,
    windows       BIGINT[]    NOT NULL,
    amounts       BIGINT[]    NOT NULL,
    charged       BIGINT      NOT NULL,
    real_cost     BIGINT      NOT NULL,
    source        VARCHAR(10) NOT NULL,
    price_version VARCHAR(100)
);

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
SELECT h.generation, l.definition_id, l.window_start, l.amount
FROM hold h, unnest(h.limits, h.windows, h.amounts) AS l (definition_id, window_start, amount);

CREATE VIEW posting_line AS
SELECT p.generation, p.key_limit_id, p.held_at, l.definition_id, l.window_start, l.amount
FROM posting p, unnest(p.limits, p.windows, p.amounts) AS l (definition_id, window_start, amount);

-- Where the window that the instant (microseconds since the epoch) lies in begins: UTC, weeks from Monday.
CREATE FUNCTION fg_window_start(kind TEXT, instant BIGINT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE kind WHEN 'TOTAL' THEN 0 ELSE (extract(epoch FROM date_trunc(
        CASE kind WHEN 'DAILY' THEN 'day' WHEN 'WEEKLY' THEN 'week' ELSE 'month' END,
        TIMESTAMP 'epoch' + instant * INTERVAL '1 microsecond')) * 1000000)::BIGINT END
$$;

-- One batch: settlements first, then holds and extensions, greedily in the order given. One autocommit call, so no lock
-- is held across the network, and safe to send again: effects come only from rows really inserted or deleted. Within
-- one call a generation is settled at most once and held at most once.
--
-- s_*: settlements; d_*: their claims (d_op: position of the settlement, from 1), charges as asked.
-- h_*: holds; c_*: their claims (c_op as above); for an extension c_amount is what is added to c_before.
-- Answers: one row for each settlement (POSTED, TOMBSTONE, FREE, UNHELD, LOWERED, REPEATED) and for each hold (HELD,
-- CLOSED, EXPIRED, STALE, ENDED, CONFLICT), but for a hold that does not fit one row SHORT for each limit in its way.
CREATE FUNCTION fg_batch(
    p_node TEXT, p_boot TEXT,
    s_gen TEXT[], s_source TEXT[], s_real BIGINT[],
    d_op INT[], d_def BIGINT[], d_amount BIGINT[], d_charge BIGINT[],
    h_gen TEXT[], h_extends BOOLEAN[], h_seq BIGINT[], h_price TEXT[], h_context TEXT[],
    c_op INT[], c_def BIGINT[], c_amount BIGINT[], c_before BIGINT[]
) RETURNS TABLE (
    o_kind TEXT, o_ordinal INT, o_answer TEXT,
    o_limit BIGINT, o_scope TEXT, o_window_kind TEXT, o_window BIGINT, o_cap BIGINT, o_used BIGINT, o_held BIGINT
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_now BIGINT;
    v_answers TEXT[];
    q_op INT[]; q_def BIGINT[]; q_win BIGINT[]; q_amount BIGINT[]; q_base BIGINT[];
    b_def BIGINT[]; b_scope TEXT[]; b_kind TEXT[]; b_win BIGINT[]; b_cap BIGINT[]; b_used BIGINT[]; b_left BIGINT[];
    v_asked RECORD;
    v_fits BOOLEAN;
BEGIN
    -- A limit may be added to an open hold while we wait for its key; the second pass meets those.
    FOR v_pass IN 1..2 LOOP
        PERFORM 1 FROM limit_definition f WHERE f.id = ANY (ARRAY(
            SELECT unnest(c_def) UNION SELECT unnest(d_def)
            UNION SELECT unnest(h.limits) FROM hold h WHERE h.generation = ANY (s_gen || h_gen)
            UNION SELECT unnest(p.limits) FROM posting p WHERE p.generation = ANY (s_gen) AND p.source = 'ORPHAN'))
        ORDER BY f.id FOR NO KEY UPDATE;
    END LOOP;
    -- Windows are decided by the clock after the locks; nobody else can insert a window of these limits now.
    v_now := (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT;
    INSERT INTO limit_window (definition_id, window_start, used, held, seed)
    SELECT f.id, fg_window_start(f.window_kind, v_now), 0, 0, 0
    FROM limit_definition f
    WHERE f.id = ANY (c_def || d_def) AND NOT EXISTS (
        SELECT 1 FROM limit_window w
        WHERE w.definition_id = f.id AND w.window_start = fg_window_start(f.window_kind, v_now))
    ORDER BY f.id
    ON CONFLICT DO NOTHING;

    IF cardinality(s_gen) > 0 THEN
        RETURN QUERY
        WITH s AS MATERIALIZED (
            SELECT * FROM unnest(s_gen, s_source, s_real) WITH ORDINALITY AS s (gen, source, real_cost, op)
        ), d AS MATERIALIZED (
            SELECT * FROM unnest(d_op, d_def, d_amount, d_charge) WITH ORDINALITY AS d (op, def, amount, charge, pos)
        ), first AS MATERIALIZED (
            SELECT DISTINCT ON (d.op) d.op, d.charge FROM d ORDER BY d.op, d.pos
        ), old AS MATERIALIZED (
            SELECT s.op, p.source, p.limits, p.windows, p.amounts FROM s JOIN posting p ON p.generation = s.gen
        ), ended AS (
            DELETE FROM hold h USING s WHERE h.generation = s.gen
            RETURNING s.op, h.limits, h.windows, h.amounts, h.created_at, h.price_version
        ), line AS (
            SELECT e.op, l.def, l.win, l.amount, l.pos, 'HOLD' AS origin
            FROM ended e, unnest(e.limits, e.windows, e.amounts) WITH ORDINALITY AS l (def, win, amount, pos)
            UNION ALL
            SELECT o.op, l.def, l.win, l.amount, l.pos, 'ORPHAN'
            FROM old o, unnest(o.limits, o.windows, o.amounts) WITH ORDINALITY AS l (def, win, amount, pos)
            WHERE o.source = 'ORPHAN'
            UNION ALL
            SELECT d.op, d.def, fg_window_start(f.window_kind, v_now), d.amount, d.pos, 'CLAIM'
            FROM d JOIN limit_definition f ON f.id = d.def
            WHERE NOT EXISTS (SELECT 1 FROM ended e WHERE e.op = d.op)
              AND NOT EXISTS (SELECT 1 FROM old o WHERE o.op = d.op)
        ), priced AS MATERIALIZED (
            -- A limit that was added to the hold after it was taken is charged as the key's own.
            SELECT line.*, f.scope, EXISTS (SELECT 1 FROM old o WHERE o.op = line.op) AS repeated,
                   CASE WHEN s.source = 'VOID' THEN 0
                        ELSE least(line.amount, greatest(0, coalesce(d.charge, first.charge, line.amount))) END AS charge
            FROM line
            JOIN s ON s.op = line.op
            LEFT JOIN limit_definition f ON f.id = line.def
            LEFT JOIN d ON d.op = line.op AND d.def = line.def
            LEFT JOIN first ON first.op = line.op
        ), summed AS (
            SELECT p.op, array_agg(p.def ORDER BY p.pos) AS limits, array_agg(p.win ORDER BY p.pos) AS windows,
                   array_agg(p.charge ORDER BY p.pos) AS amounts,
                   coalesce(sum(p.charge) FILTER (WHERE p.scope = 'BALANCE'), 0)::BIGINT AS charged
            FROM priced p WHERE NOT (p.origin = 'HOLD' AND p.repeated) GROUP BY p.op
        ), posted AS (
            INSERT INTO posting (generation, key_limit_id, held_at, posted_at, limits, windows, amounts, charged,
                                 real_cost, source, price_version)
            SELECT s.gen, m.limits[1],
                   coalesce(e.created_at, CASE WHEN m.op IS NOT NULL THEN v_now END), v_now, coalesce(m.limits, '{}'), coalesce(m.windows, '{}'),
                   coalesce(m.amounts, '{}'), coalesce(m.charged, 0), s.real_cost, s.source, e.price_version
            FROM s LEFT JOIN ended e ON e.op = s.op LEFT JOIN summed m ON m.op = s.op
            WHERE NOT EXISTS (SELECT 1 FROM old o WHERE o.op = s.op)
            ON CONFLICT DO NOTHING
        ), lowered AS (
            UPDATE posting p
            SET amounts = m.amounts, charged = m.charged, real_cost = s.real_cost, source = s.source,
                corrected_at = v_now
            FROM s JOIN old o ON o.op = s.op JOIN summed m ON m.op = s.op
            WHERE p.generation = s.gen AND o.source = 'ORPHAN'
        ), moved AS (
            -- Clamped, so that a row somebody edited cannot keep a settlement from being booked; the audit reports it.
            UPDATE limit_window w SET used = greatest(0, w.used + c.used), held = greatest(0, w.held - c.held)
            FROM (
                SELECT p.def, p.win,
                       sum(CASE WHEN p.origin = 'ORPHAN' THEN p.charge - p.amount
                                WHEN p.origin = 'HOLD' AND p.repeated THEN 0 ELSE p.charge END) AS used,
                       sum(CASE WHEN p.origin = 'HOLD' THEN p.amount ELSE 0 END) AS held
                FROM priced p GROUP BY p.def, p.win) c
            WHERE w.definition_id = c.def AND w.window_start = c.win
        )
        SELECT 'S', s.op::INT,
               CASE WHEN o.source = 'ORPHAN' THEN 'LOWERED' WHEN o.source IS NOT NULL THEN 'REPEATED'
                    WHEN e.op IS NOT NULL THEN 'POSTED' WHEN s.source = 'VOID' THEN 'TOMBSTONE'
                    WHEN first.op IS NULL THEN 'FREE' ELSE 'UNHELD' END,
               NULL::BIGINT, NULL::TEXT, NULL::TEXT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT
        FROM s LEFT JOIN old o ON o.op = s.op LEFT JOIN ended e ON e.op = s.op LEFT JOIN first ON first.op = s.op;
    END IF;

    IF cardinality(h_gen) = 0 THEN
        RETURN;
    END IF;

    -- Which holds are candidates (OPEN), before looking at the money.
    SELECT array_agg(CASE
            WHEN NOT h.extends AND x.generation IS NOT NULL THEN
                CASE WHEN x.limits[1:n.size] = n.defs AND x.amounts[1:n.size] = n.amounts THEN 'HELD' ELSE 'CONFLICT' END
            WHEN NOT h.extends AND p.generation IS NOT NULL THEN 'ENDED'
            WHEN h.extends AND x.generation IS NULL THEN 'ENDED'
            WHEN h.extends AND x.limits[1:n.size] <> n.defs THEN 'CONFLICT'
            WHEN h.extends AND x.amounts[1:n.size] = n.after THEN 'HELD'
            WHEN h.extends AND x.amounts[1:n.size] <> n.before THEN 'CONFLICT'
            WHEN g.id IS NULL OR g.closed_at IS NOT NULL THEN 'CLOSED'
            WHEN g.expires_at <= v_now THEN 'EXPIRED'
            WHEN g.policy_seq <> h.seq OR n.known < n.size THEN 'STALE'
            ELSE 'OPEN' END ORDER BY h.op)
    INTO v_answers
    FROM unnest(h_gen, h_extends, h_seq) WITH ORDINALITY AS h (gen, extends, seq, op)
    JOIN (
        SELECT c.op, count(*)::INT AS size, count(f.id) AS known,
               array_agg(c.def ORDER BY c.pos) AS defs, array_agg(c.amount ORDER BY c.pos) AS amounts,
               array_agg(c.before ORDER BY c.pos) AS before, array_agg(c.before + c.amount ORDER BY c.pos) AS after
        FROM unnest(c_op, c_def, c_amount, c_before) WITH ORDINALITY AS c (op, def, amount, before, pos)
        LEFT JOIN limit_definition f ON f.id = c.def AND f.removed_at IS NULL
        GROUP BY c.op) n ON n.op = h.op
    LEFT JOIN limit_definition g ON g.id = n.defs[1]
    LEFT JOIN hold x ON x.generation = h.gen
    LEFT JOIN posting p ON p.generation = h.gen;

    -- What the candidates ask of each window: a fresh hold of the current ones, an extension of those of its hold.
    SELECT array_agg(q.op ORDER BY q.op, q.pos), array_agg(q.def ORDER BY q.op, q.pos),
           array_agg(q.win ORDER BY q.op, q.pos), array_agg(q.amount ORDER BY q.op, q.pos),
           array_agg(q.base ORDER BY q.op, q.pos)
    INTO q_op, q_def, q_win, q_amount, q_base
    FROM (
        SELECT c.op, c.def, fg_window_start(f.window_kind, v_now) AS win, c.amount, 0::BIGINT AS base, c.pos
        FROM unnest(c_op, c_def, c_amount) WITH ORDINALITY AS c (op, def, amount, pos)
        JOIN limit_definition f ON f.id = c.def
        WHERE v_answers[c.op] = 'OPEN' AND NOT h_extends[c.op]
        UNION ALL
        SELECT h.op, l.def, l.win, coalesce(c.amount, first.amount), l.amount, l.pos
        FROM unnest(h_gen, h_extends) WITH ORDINALITY AS h (gen, extends, op)
        JOIN hold x ON x.generation = h.gen
        CROSS JOIN LATERAL unnest(x.limits, x.windows, x.amounts) WITH ORDINALITY AS l (def, win, amount, pos)
        LEFT JOIN unnest(c_op, c_def, c_amount) AS c (op, def, amount) ON c.op = h.op AND c.def = l.def
        LEFT JOIN unnest(c_op, c_def, c_amount) AS first (op, def, amount)
               ON first.op = h.op AND first.def = x.limits[1]
        WHERE h.extends AND v_answers[h.op] = 'OPEN') q;

    -- The windows that cannot take everything asked of them. All others take all, so only these need an order.
    SELECT array_agg(r.def), array_agg(f.scope), array_agg(f.window_kind), array_agg(r.win), array_agg(f.cap),
           array_agg(w.used), array_agg(f.cap - w.used - w.held)
    INTO b_def, b_scope, b_kind, b_win, b_cap, b_used, b_left
    FROM (
        SELECT q.def, q.win, sum(q.amount) AS amount
        FROM unnest(q_def, q_win, q_amount) AS q (def, win, amount) GROUP BY q.def, q.win) r
    JOIN limit_definition f ON f.id = r.def
    JOIN limit_window w ON w.definition_id = r.def AND w.window_start = r.win
    WHERE f.cap IS NOT NULL AND f.cap - w.used - w.held < r.amount;

    IF b_def IS NOT NULL THEN
        FOR v_asked IN
            SELECT q.op, array_agg(b.i) AS indexes, array_agg(q.amount) AS amounts
            FROM unnest(q_op, q_def, q_win, q_amount) AS q (op, def, win, amount)
            JOIN unnest(b_def, b_win) WITH ORDINALITY AS b (def, win, i) ON b.def = q.def AND b.win = q.win
            GROUP BY q.op ORDER BY q.op
        LOOP
            v_fits := TRUE;
            FOR i IN 1..cardinality(v_asked.indexes) LOOP
                IF v_asked.amounts[i] > b_left[v_asked.indexes[i]] THEN
                    v_fits := FALSE;
                    o_kind := 'H';
                    o_ordinal := v_asked.op;
                    o_answer := 'SHORT';
                    o_limit := b_def[v_asked.indexes[i]];
                    o_scope := b_scope[v_asked.indexes[i]];
                    o_window_kind := b_kind[v_asked.indexes[i]];
                    o_window := b_win[v_asked.indexes[i]];
                    o_cap := b_cap[v_asked.indexes[i]];
                    o_used := b_used[v_asked.indexes[i]];
                    o_held := o_cap - o_used - b_left[v_asked.indexes[i]];
                    RETURN NEXT;
                END IF;
            END LOOP;
            IF v_fits THEN
                FOR i IN 1..cardinality(v_asked.indexes) LOOP
                    b_left[v_asked.indexes[i]] := b_left[v_asked.indexes[i]] - v_asked.amounts[i];
                END LOOP;
            ELSE
                v_answers[v_asked.op] := 'SHORT';
            END IF;
        END LOOP;
    END IF;

    INSERT INTO hold (generation, node, boot, created_at, limits, windows, amounts, price_version, context)
    SELECT h.gen, p_node, p_boot, v_now, n.limits, n.windows, n.amounts, h.price, h.context
    FROM unnest(h_gen, h_extends, h_price, h_context) WITH ORDINALITY AS h (gen, extends, price, context, op)
    JOIN (
        SELECT q.op, array_agg(q.def ORDER BY q.pos) AS limits, array_agg(q.win ORDER BY q.pos) AS windows,
               array_agg(q.amount ORDER BY q.pos) AS amounts
        FROM unnest(q_op, q_def, q_win, q_amount) WITH ORDINALITY AS q (op, def, win, amount, pos)
        GROUP BY q.op) n ON n.op = h.op
    WHERE v_answers[h.op] = 'OPEN' AND NOT h.extends;

    IF TRUE = ANY (h_extends) THEN
        UPDATE hold x SET amounts = n.amounts
        FROM unnest(h_gen, h_extends) WITH ORDINALITY AS h (gen, extends, op)
        JOIN (
            SELECT q.op, array_agg(q.base + q.amount ORDER BY q.pos) AS amounts
            FROM unnest(q_op, q_amount, q_base) WITH ORDINALITY AS q (op, amount, base, pos)
            GROUP BY q.op) n ON n.op = h.op
        WHERE x.generation = h.gen AND h.extends AND v_answers[h.op] = 'OPEN';
    END IF;

    UPDATE limit_window w SET held = w.held + n.amount
    FROM (
        SELECT q.def, q.win, sum(q.amount) AS amount
        FROM unnest(q_op, q_def, q_win, q_amount) AS q (op, def, win, amount)
        WHERE v_answers[q.op] = 'OPEN' GROUP BY q.def, q.win) n
    WHERE w.definition_id = n.def AND w.window_start = n.win;

    RETURN QUERY
    SELECT 'H', a.op::INT, CASE a.answer WHEN 'OPEN' THEN 'HELD' ELSE a.answer END,
           NULL::BIGINT, NULL::TEXT, NULL::TEXT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT
    FROM unnest(v_answers) WITH ORDINALITY AS a (answer, op)
    WHERE a.answer <> 'SHORT';
END
$$;
