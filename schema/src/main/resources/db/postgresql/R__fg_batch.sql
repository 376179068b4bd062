-- The batch of the ledger, as it is now; Flyway runs this file again whenever its text changes. Lists are addressed by
-- position and not joined (once they are, where the planner always hashes them because neither side is a table), tables are
-- read only by index, and each kind of ending is a statement of its own so that the usual one pays for nothing else.
--
-- Arguments: d_op and c_op ascend. A list that is expanded by PL/pgSQL gives an element at once but is copied whole for
-- a slice, so slices are taken from lists in a materialized row. The planner cannot know how long a list is; the settings
-- keep it from reading whole tables and from planning anew for each batch. Lists in FROM become a table each before they
-- are read, those in a select list advance together, which is cheaper; but where a table is joined they stand in FROM:
-- with the other the planner, asked while tables were empty, has hashed the whole table for every batch since.
--
-- Answers: one row of kind S for each settlement, one or more of kind H for each hold, and one of kind W for each window
-- with a cap that holds were taken on, as it stands after all of them.
CREATE OR REPLACE FUNCTION fg_batch(
    p_node TEXT, p_boot TEXT,
    s_gen TEXT[], s_source TEXT[], s_real BIGINT[],
    d_op INT[], d_def BIGINT[], d_amount BIGINT[], d_charge BIGINT[],
    h_gen TEXT[], h_extends BOOLEAN[], h_seq BIGINT[], h_price TEXT[], h_context TEXT[],
    c_op INT[], c_def BIGINT[], c_amount BIGINT[], c_before BIGINT[]
) RETURNS TABLE (
    o_kind TEXT, o_ordinal INT, o_answer TEXT,
    o_limit BIGINT, o_scope TEXT, o_window_kind TEXT, o_window BIGINT, o_cap BIGINT, o_used BIGINT, o_held BIGINT
) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET jit = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    k_open CONSTANT INT := 1;
    k_held CONSTANT INT := 2;
    k_conflict CONSTANT INT := 3;
    k_ended CONSTANT INT := 4;
    k_closed CONSTANT INT := 5;
    k_expired CONSTANT INT := 6;
    k_stale CONSTANT INT := 7;
    k_short CONSTANT INT := 8;
    v_now BIGINT;
    v_lacking BIGINT[]; v_locked BIGINT[]; v_balances BIGINT[];
    l_def BIGINT[]; l_win BIGINT[]; l_live BOOLEAN[];
    v_old TEXT[]; v_posted INT;
    s_first INT[]; s_last INT[]; h_first INT[]; h_last INT[];
    c_win BIGINT[]; v_unknown BOOLEAN;
    v_code INT[];
    q_op INT[]; q_def BIGINT[]; q_win BIGINT[]; q_amount BIGINT[]; q_base BIGINT[];
    r_def BIGINT[]; r_win BIGINT[]; r_amount BIGINT[];
    b_def BIGINT[]; b_scope TEXT[]; b_kind TEXT[]; b_win BIGINT[]; b_cap BIGINT[]; b_used BIGINT[]; b_left BIGINT[];
    v_asked RECORD;
    v_fits BOOLEAN;
BEGIN
    -- What is claimed is locked first, and then what the holds turn out to have beyond that: a limit may be added to an
    -- open hold until its key is locked. Such a limit is younger than the others of the hold, so the order of ids holds.
    v_locked := ARRAY(SELECT DISTINCT x FROM unnest(c_def || d_def) AS x);
    v_lacking := v_locked;
    WHILE cardinality(v_lacking) > 0 LOOP
        PERFORM 1 FROM limit_definition f WHERE f.id = ANY (v_lacking) ORDER BY f.id FOR NO KEY UPDATE;
        v_lacking := ARRAY(
            SELECT l.def FROM (
                SELECT unnest(h.limits) AS def FROM hold h WHERE h.generation = ANY (s_gen || h_gen)
                UNION SELECT unnest(p.limits) FROM posting p
                WHERE p.generation = ANY (s_gen) AND p.source = 'ORPHAN') l
            WHERE l.def NOT IN (SELECT unnest(v_locked)));
        v_locked := v_locked || v_lacking;
    END LOOP;
    -- Windows are decided by the clock after the locks; nobody else can insert a window of these limits now.
    v_now := (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT;
    -- Balances are told apart after they were read by id: every organization has one, so an index on the scope is no way
    -- there.
    SELECT array_agg(d.id), array_agg(fg_window_start(d.window_kind, v_now)), array_agg(d.removed_at IS NULL),
           array_agg(d.id) FILTER (WHERE d.scope = 'BALANCE')
    INTO l_def, l_win, l_live, v_balances
    FROM limit_definition d WHERE d.id = ANY (v_locked);
    INSERT INTO limit_window (definition_id, window_start, used, held, seed)
    SELECT l.def, l.win, 0, 0, 0
    FROM unnest(l_def, l_win) AS l (def, win)
    WHERE (SELECT TRUE FROM limit_window w WHERE w.definition_id = l.def AND w.window_start = l.win) IS NULL
    ORDER BY l.def
    ON CONFLICT DO NOTHING;
    -- Only of a node whose connections do not count their batches themselves.
    UPDATE node SET seen = v_now, batches = batches + 1
    WHERE id = p_node AND boot = p_boot AND batches IS NOT NULL;

    IF cardinality(s_gen) > 0 THEN
        SELECT array_agg(g.first ORDER BY s.op), array_agg(g.last ORDER BY s.op) INTO s_first, s_last
        FROM generate_subscripts(s_gen, 1) AS s (op)
        LEFT JOIN (
            SELECT d.op, min(d.i)::INT AS first, max(d.i)::INT AS last
            FROM unnest(d_op) WITH ORDINALITY AS d (op, i) GROUP BY d.op) g ON g.op = s.op;
        SELECT array_agg(p.generation) INTO v_old FROM posting p WHERE p.generation = ANY (s_gen);

        -- Settlements that end a hold. A limit that was added to the hold after it was taken is charged as the key's own.
        -- Windows are clamped, so that a row somebody edited cannot keep a settlement from being booked; the audit
        -- reports it.
        RETURN QUERY
        WITH ended AS (
            DELETE FROM hold h
            USING unnest(s_gen, s_source, s_real, s_first, s_last)
                WITH ORDINALITY AS s (gen, source, real_cost, first, last, op)
            WHERE h.generation = s.gen
            RETURNING s.*, h.limits, h.windows, h.amounts, h.created_at, h.price_version
        ), priced AS MATERIALIZED (
            SELECT e.*, v_old IS NOT NULL AND e.gen = ANY (v_old) AS repeated, ARRAY(
                SELECT CASE
                    WHEN e.source = 'VOID' THEN 0
                    WHEN e.first + l.pos - 1 <= e.last AND d_def[e.first + l.pos - 1] = e.limits[l.pos]
                        THEN least(e.amounts[l.pos], greatest(0, d_charge[e.first + l.pos - 1]))
                    ELSE least(e.amounts[l.pos], greatest(0, coalesce(
                        (SELECT d_charge[j] FROM generate_series(e.first, e.last) AS j
                         WHERE d_def[j] = e.limits[l.pos] LIMIT 1),
                        d_charge[e.first], e.amounts[l.pos]))) END
                FROM (SELECT generate_subscripts(e.limits, 1) AS pos) l) AS charges
            FROM ended e
        ), posted AS (
            INSERT INTO posting (generation, key_limit_id, held_at, posted_at, limits, windows, amounts, charged,
                                 real_cost, source, price_version)
            SELECT p.gen, p.limits[1], p.created_at, v_now, p.limits, p.windows, p.charges,
                   -- A CASE keeps the list of balances a hash table that is made once, whatever their number.
                   coalesce((SELECT fg_sum(CASE WHEN l.def IN (SELECT unnest(v_balances)) THEN l.charge END)
                             FROM (SELECT unnest(p.limits) AS def, unnest(p.charges) AS charge) l), 0),
                   p.real_cost, p.source, p.price_version
            FROM priced p WHERE NOT p.repeated
        ), moved AS (
            UPDATE limit_window w SET used = greatest(0, w.used + c.used), held = greatest(0, w.held - c.held)
            FROM (
                SELECT l.def, l.win, fg_sum(CASE WHEN l.repeated THEN 0 ELSE l.charge END) AS used,
                       fg_sum(l.amount) AS held
                FROM (SELECT p.repeated, unnest(p.limits) AS def, unnest(p.windows) AS win, unnest(p.amounts) AS amount,
                             unnest(p.charges) AS charge FROM priced p) l
                GROUP BY l.def, l.win) c
            WHERE w.definition_id = c.def AND w.window_start = c.win
        )
        SELECT 'S', p.op::INT, 'POSTED',
               NULL::BIGINT, NULL::TEXT, NULL::TEXT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT
        FROM priced p WHERE NOT p.repeated;
        GET DIAGNOSTICS v_posted = ROW_COUNT;

        IF v_posted < cardinality(s_gen) THEN
            -- Those without hold and posting: voids that come first, free requests, and money that nobody held.
            RETURN QUERY
            WITH rest AS MATERIALIZED (
                SELECT s.*, x.limits, x.windows, x.charges, x.charged
                FROM unnest(s_gen, s_source, s_real, s_first, s_last)
                    WITH ORDINALITY AS s (gen, source, real_cost, first, last, op)
                LEFT JOIN posting p ON p.generation = s.gen
                CROSS JOIN LATERAL (
                    SELECT array_agg(l.def ORDER BY l.pos) AS limits, array_agg(l.win ORDER BY l.pos) AS windows,
                           array_agg(l.charge ORDER BY l.pos) AS charges,
                           fg_sum(l.charge) FILTER (WHERE l.scope = 'BALANCE') AS charged
                    FROM (
                        SELECT f.id AS def, f.scope, fg_window_start(f.window_kind, v_now) AS win, c.pos,
                               CASE WHEN s.source = 'VOID' THEN 0
                                    ELSE least(c.amount, greatest(0, c.charge)) END AS charge
                        FROM unnest(d_def[s.first:s.last], d_amount[s.first:s.last], d_charge[s.first:s.last])
                            WITH ORDINALITY AS c (def, amount, charge, pos)
                        JOIN limit_definition f ON f.id = c.def) l) x
                WHERE p.generation IS NULL
            ), posted AS (
                INSERT INTO posting (generation, key_limit_id, held_at, posted_at, limits, windows, amounts, charged,
                                     real_cost, source, price_version)
                SELECT r.gen, r.limits[1], CASE WHEN r.limits IS NOT NULL THEN v_now END, v_now,
                       coalesce(r.limits, '{}'), coalesce(r.windows, '{}'), coalesce(r.charges, '{}'),
                       coalesce(r.charged, 0), r.real_cost, r.source, NULL
                FROM rest r
                -- Where nothing was claimed and nothing is owed there is nothing to post.
                WHERE r.source = 'VOID' OR r.first IS NOT NULL
                ON CONFLICT DO NOTHING
            ), moved AS (
                UPDATE limit_window w SET used = greatest(0, w.used + c.used)
                FROM (
                    SELECT l.def, l.win, fg_sum(l.charge) AS used
                    FROM rest r CROSS JOIN LATERAL unnest(r.limits, r.windows, r.charges) AS l (def, win, charge)
                    GROUP BY l.def, l.win) c
                WHERE w.definition_id = c.def AND w.window_start = c.win
            )
            SELECT 'S', r.op::INT,
                   CASE WHEN r.source = 'VOID' THEN 'TOMBSTONE' WHEN r.first IS NULL THEN 'FREE' ELSE 'UNHELD' END,
                   NULL::BIGINT, NULL::TEXT, NULL::TEXT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT
            FROM rest r;
        END IF;

        IF v_old IS NOT NULL THEN
            -- Posted before: an orphan's charge is lowered to the truth, everything else stays. Charging an orphan
            -- twice, as two nodes may at once, changes nothing.
            RETURN QUERY
            WITH old AS MATERIALIZED (
                SELECT s.*, p.limits, p.windows, p.amounts, p.source = 'ORPHAN' AND s.source <> 'ORPHAN' AS lowers, ARRAY(
                    SELECT CASE
                        WHEN s.source = 'VOID' THEN 0
                        ELSE least(l.amount, greatest(0, coalesce(
                            (SELECT d_charge[j] FROM generate_series(s.first, s.last) AS j
                             WHERE d_def[j] = l.def LIMIT 1),
                            d_charge[s.first], l.amount))) END
                    FROM unnest(p.limits, p.amounts) WITH ORDINALITY AS l (def, amount, pos) ORDER BY l.pos) AS charges
                FROM unnest(s_gen, s_source, s_real, s_first, s_last)
                    WITH ORDINALITY AS s (gen, source, real_cost, first, last, op)
                JOIN posting p ON p.generation = s.gen
                WHERE s.gen = ANY (v_old)
            ), lowered AS (
                UPDATE posting p
                SET amounts = o.charges, real_cost = o.real_cost, source = o.source, corrected_at = v_now,
                    charged = coalesce((SELECT fg_sum(l.charge) FROM unnest(o.limits, o.charges) AS l (def, charge)
                                        WHERE l.def = ANY (v_balances)), 0)
                FROM old o WHERE p.generation = o.gen AND o.lowers
            ), moved AS (
                UPDATE limit_window w SET used = greatest(0, w.used + c.used)
                FROM (
                    SELECT l.def, l.win, fg_sum(l.charge - l.amount) AS used
                    FROM old o
                    CROSS JOIN LATERAL unnest(o.limits, o.windows, o.amounts, o.charges) AS l (def, win, amount, charge)
                    WHERE o.lowers GROUP BY l.def, l.win) c
                WHERE w.definition_id = c.def AND w.window_start = c.win
            )
            SELECT 'S', o.op::INT, CASE WHEN o.lowers THEN 'LOWERED' ELSE 'REPEATED' END,
                   NULL::BIGINT, NULL::TEXT, NULL::TEXT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT
            FROM old o;
        END IF;
    END IF;

    IF cardinality(h_gen) = 0 THEN
        RETURN;
    END IF;

    SELECT array_agg(g.first ORDER BY g.op), array_agg(g.last ORDER BY g.op) INTO h_first, h_last
    FROM (
        SELECT c.op, min(c.i)::INT AS first, max(c.i)::INT AS last
        FROM unnest(c_op) WITH ORDINALITY AS c (op, i) GROUP BY c.op) g;
    -- The current window of each claim; none where its limit is gone.
    SELECT array_agg(f.win ORDER BY i) INTO c_win
    FROM generate_subscripts(c_def, 1) AS i
    LEFT JOIN unnest(l_def, l_win, l_live) AS f (def, win, live) ON f.def = c_def[i] AND f.live;
    v_unknown := array_position(c_win, NULL) IS NOT NULL;

    -- Which holds are candidates, before looking at the money.
    SELECT array_agg(CASE
            WHEN NOT h.extends AND x.generation IS NOT NULL THEN
                CASE WHEN x.limits[1:h.last - h.first + 1] = c_def[h.first:h.last]
                      AND x.amounts[1:h.last - h.first + 1] = c_amount[h.first:h.last] THEN k_held ELSE k_conflict END
            WHEN NOT h.extends AND p.generation IS NOT NULL THEN k_ended
            WHEN h.extends AND x.generation IS NULL THEN k_ended
            WHEN h.extends AND x.limits[1:h.last - h.first + 1] <> c_def[h.first:h.last] THEN k_conflict
            WHEN h.extends AND x.amounts[1:h.last - h.first + 1] = ARRAY(
                SELECT c_before[j] + c_amount[j] FROM generate_series(h.first, h.last) AS j ORDER BY j) THEN k_held
            WHEN h.extends AND x.amounts[1:h.last - h.first + 1] <> c_before[h.first:h.last] THEN k_conflict
            WHEN g.id IS NULL OR g.closed_at IS NOT NULL THEN k_closed
            WHEN g.expires_at <= v_now THEN k_expired
            WHEN g.policy_seq <> h.seq THEN k_stale
            WHEN v_unknown AND EXISTS (
                SELECT FROM generate_series(h.first, h.last) AS j WHERE c_win[j] IS NULL) THEN k_stale
            ELSE k_open END ORDER BY h.op)
    INTO v_code
    FROM unnest(h_gen, h_extends, h_seq, h_first, h_last) WITH ORDINALITY AS h (gen, extends, seq, first, last, op)
    LEFT JOIN limit_definition g ON g.id = c_def[h.first]
    LEFT JOIN hold x ON x.generation = h.gen
    LEFT JOIN posting p ON p.generation = h.gen;

    -- What the candidates ask of each window: a fresh hold of the current ones, an extension of those of its hold.
    IF TRUE = ANY (h_extends) THEN
        SELECT array_agg(q.op ORDER BY q.op, q.pos), array_agg(q.def ORDER BY q.op, q.pos),
               array_agg(q.win ORDER BY q.op, q.pos), array_agg(q.amount ORDER BY q.op, q.pos),
               array_agg(q.base ORDER BY q.op, q.pos)
        INTO q_op, q_def, q_win, q_amount, q_base
        FROM (
            SELECT c_op[i] AS op, c_def[i] AS def, c_win[i] AS win, c_amount[i] AS amount, 0::BIGINT AS base, i AS pos
            FROM generate_subscripts(c_def, 1) AS i
            WHERE NOT h_extends[c_op[i]]
            UNION ALL
            SELECT h.op, l.def, l.win,
                   coalesce((SELECT c_amount[j] FROM generate_series(h.first, h.last) AS j WHERE c_def[j] = l.def LIMIT 1),
                            c_amount[h.first]),
                   l.amount, l.pos
            FROM unnest(h_gen, h_extends, h_first, h_last) WITH ORDINALITY AS h (gen, extends, first, last, op)
            JOIN hold x ON x.generation = h.gen
            CROSS JOIN LATERAL unnest(x.limits, x.windows, x.amounts) WITH ORDINALITY AS l (def, win, amount, pos)
            WHERE h.extends) q;
    ELSE
        q_op := c_op;
        q_def := c_def;
        q_win := c_win;
        q_amount := c_amount;
    END IF;
    SELECT array_agg(r.def), array_agg(r.win), array_agg(r.amount) INTO r_def, r_win, r_amount
    FROM (
        SELECT q_def[i] AS def, q_win[i] AS win, fg_sum(q_amount[i]) AS amount
        FROM generate_subscripts(q_def, 1) AS i WHERE v_code[q_op[i]] = k_open GROUP BY q_def[i], q_win[i]) r;

    -- The windows that cannot take everything asked of them. All others take all, so only these need an order.
    SELECT array_agg(r.def), array_agg(f.scope), array_agg(f.window_kind), array_agg(r.win), array_agg(f.cap),
           array_agg(w.used), array_agg(f.cap - w.used - w.held)
    INTO b_def, b_scope, b_kind, b_win, b_cap, b_used, b_left
    FROM unnest(r_def, r_win, r_amount) AS r (def, win, amount)
    JOIN limit_definition f ON f.id = r.def
    JOIN limit_window w ON w.definition_id = r.def AND w.window_start = r.win
    WHERE f.cap IS NOT NULL AND f.cap - w.used - w.held < r.amount;

    IF b_def IS NOT NULL THEN
        FOR v_asked IN
            SELECT q_op[i] AS op, array_agg(b.bad) AS indexes, array_agg(q_amount[i]) AS amounts
            FROM generate_subscripts(q_def, 1) AS i
            JOIN unnest(b_def, b_win) WITH ORDINALITY AS b (def, win, bad) ON b.def = q_def[i] AND b.win = q_win[i]
            WHERE v_code[q_op[i]] = k_open
            GROUP BY q_op[i] ORDER BY q_op[i]
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
                v_code[v_asked.op] := k_short;
            END IF;
        END LOOP;
        SELECT array_agg(r.def), array_agg(r.win), array_agg(r.amount) INTO r_def, r_win, r_amount
        FROM (
            SELECT q_def[i] AS def, q_win[i] AS win, fg_sum(q_amount[i]) AS amount
            FROM generate_subscripts(q_def, 1) AS i WHERE v_code[q_op[i]] = k_open GROUP BY q_def[i], q_win[i]) r;
    END IF;

    INSERT INTO hold (generation, node, boot, created_at, limits, windows, amounts, price_version, context)
    WITH c AS MATERIALIZED (SELECT c_def AS defs, c_win AS wins, c_amount AS amounts)
    SELECT h.gen, p_node, p_boot, v_now, c.defs[h.first:h.last], c.wins[h.first:h.last], c.amounts[h.first:h.last],
           h.price, h.context
    FROM c CROSS JOIN (
        SELECT unnest(h_gen) AS gen, unnest(h_extends) AS extends, unnest(h_price) AS price, unnest(h_context) AS context,
               unnest(h_first) AS first, unnest(h_last) AS last, unnest(v_code) AS code) h
    WHERE h.code = k_open AND NOT h.extends;

    IF TRUE = ANY (h_extends) THEN
        UPDATE hold x SET amounts = n.amounts
        FROM unnest(h_gen, h_extends, v_code) WITH ORDINALITY AS h (gen, extends, code, op)
        JOIN (
            SELECT q.op, array_agg(q.base + q.amount ORDER BY q.pos) AS amounts
            FROM unnest(q_op, q_amount, q_base) WITH ORDINALITY AS q (op, amount, base, pos)
            GROUP BY q.op) n ON n.op = h.op
        WHERE x.generation = h.gen AND h.extends AND h.code = k_open;
    END IF;

    RETURN QUERY
    WITH moved AS (
        UPDATE limit_window w SET held = w.held + r.amount
        FROM unnest(r_def, r_win, r_amount) AS r (def, win, amount)
        WHERE w.definition_id = r.def AND w.window_start = r.win
        RETURNING w.definition_id, w.window_start, w.used, w.held)
    SELECT 'W', 0, NULL::TEXT, m.definition_id, f.scope::TEXT, f.window_kind::TEXT, m.window_start, f.cap, m.used, m.held
    FROM moved m JOIN limit_definition f ON f.id = m.definition_id
    WHERE f.cap IS NOT NULL;

    RETURN QUERY
    SELECT 'H', a.op::INT,
           CASE a.code WHEN k_conflict THEN 'CONFLICT' WHEN k_ended THEN 'ENDED' WHEN k_closed THEN 'CLOSED'
                       WHEN k_expired THEN 'EXPIRED' WHEN k_stale THEN 'STALE' ELSE 'HELD' END,
           NULL::BIGINT, NULL::TEXT, NULL::TEXT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT, NULL::BIGINT
    FROM unnest(v_code) WITH ORDINALITY AS a (code, op)
    WHERE a.code <> k_short;
END
$$;
