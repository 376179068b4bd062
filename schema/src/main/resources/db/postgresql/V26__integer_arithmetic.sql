-- Sums and parts of times are NUMERIC in PostgreSQL; making one, calculating with it and turning it back took a good part
-- of a batch. These stay BIGINT.

-- As sum() is, null over nothing; fails when it does not fit.
CREATE AGGREGATE fg_sum (BIGINT) (SFUNC = int8pl, STYPE = BIGINT, COMBINEFUNC = int8pl, PARALLEL = SAFE);

-- Where the window of this kind begins that an instant lies in, both in microseconds since the epoch, in UTC. Weeks begin
-- on Monday; the epoch was a Thursday, so the first of them began four days later.
CREATE OR REPLACE FUNCTION fg_window_start(kind TEXT, instant BIGINT) RETURNS BIGINT
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE kind
        WHEN 'TOTAL' THEN 0
        WHEN 'DAILY' THEN instant / 86400000000 * 86400000000
        WHEN 'WEEKLY' THEN (instant - 345600000000) / 604800000000 * 604800000000 + 345600000000
        ELSE (extract(epoch FROM date_trunc(
            'month', TIMESTAMP 'epoch' + instant * INTERVAL '1 microsecond')) * 1000000)::BIGINT END
$$;
