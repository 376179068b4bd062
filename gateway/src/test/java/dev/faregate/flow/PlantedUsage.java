package dev.faregate.flow;

import dev.faregate.storage.Tx;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;

/// Usage of days that are over, put into the roll-ups as if its requests had been made then.
final class PlantedUsage {
    private static final String FIGURES = "requests, byok_requests, prompt_tokens, completion_tokens, reasoning_tokens,"
            + " cached_tokens, usage_nanos, byok_usage_nanos, latency, timed_requests, generation_time, timed_tokens";

    private PlantedUsage() {}

    /// What the key with that hash did at the beginning of that hour of a day.
    static void plant(
            TestServer server,
            String hash,
            int daysAgo,
            int hour,
            String model,
            String provider,
            long requests,
            long nanos) {
        server.faregate.database().write(tx -> {
            String key = text(tx, "SELECT id FROM api_key WHERE hash = ?", hash);
            String workspace = text(tx, "SELECT workspace_id FROM api_key WHERE hash = ?", hash);
            int day = (int) LocalDate.ofInstant(tx.now(), ZoneOffset.UTC)
                    .minusDays(daysAgo)
                    .toEpochDay();
            String values = requests + ", 0, " + requests * 812 + ", " + requests * 240 + ", 0, 0, " + nanos
                    + ", 0, 0, 0, 0, 0";
            tx.sql()
                    .execute(
                            "INSERT INTO usage_day (api_key_id, day, model, endpoint, provider_name, " + FIGURES
                                    + ") VALUES (?, ?, ?, ?, ?, " + values + ")"
                                    + added("usage_day", "api_key_id, day, model, endpoint"),
                            key,
                            day,
                            model,
                            provider,
                            provider);
            long slot = TimeUnit.DAYS.toHours(day) + hour;
            for (long[] span : new long[][] {{3_600, slot}, {86_400, day}}) {
                tx.sql()
                        .execute(
                                "INSERT INTO workspace_usage (workspace_id, span, slot, model, endpoint, provider_name, "
                                        + FIGURES + ") VALUES (?, ?, ?, ?, ?, ?, " + values + ")"
                                        + added("workspace_usage", "workspace_id, span, slot, model, endpoint"),
                                workspace,
                                span[0],
                                span[1],
                                model,
                                provider,
                                provider);
            }
            return true;
        });
    }

    private static String added(String table, String key) {
        return " ON CONFLICT (" + key + ") DO UPDATE SET requests = " + table + ".requests + excluded.requests,"
                + " prompt_tokens = " + table + ".prompt_tokens + excluded.prompt_tokens,"
                + " completion_tokens = " + table + ".completion_tokens + excluded.completion_tokens,"
                + " usage_nanos = " + table + ".usage_nanos + excluded.usage_nanos";
    }

    private static String text(Tx tx, String sql, String hash) {
        return tx.sql().fetchSingle(sql, hash).get(0, String.class);
    }
}
