package dev.faregate.usage;

import dev.faregate.base.Ids;
import dev.faregate.base.Micros;
import dev.faregate.base.Usd;
import dev.faregate.keys.Caller;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Generations for tests, and their way into a store without a ledger.
final class Generations {
    private Generations() {}

    /// What the ledger's writer does on SQLite; PostgreSQL does it by itself.
    private static void rollUp(Rig rig, Tx tx, List<Generation> generations) {
        if (rig.database.kind() == Database.Kind.SQLITE) {
            UsageSums sums = new UsageSums();
            tx.sql().connection(connection -> {
                for (Generation generation : generations) {
                    sums.takeOut(connection, generation.id().toString());
                    sums.add(generation.toRow());
                }
                sums.flush(connection);
            });
        }
    }

    /// Inserts as the ledger does: opaque rows, several per statement, replaced when they are there
    /// already.
    static void insert(Rig rig, List<Generation> generations) {
        String columns = String.join(", ", GenerationRow.COLUMNS);
        String marks =
                String.join(", ", GenerationRow.COLUMNS.stream().map(_ -> "?").toList());
        String update = String.join(
                ", ",
                GenerationRow.COLUMNS.stream()
                        .skip(1)
                        .map(column -> column + " = excluded." + column)
                        .toList());
        rig.database.write(tx -> {
            rollUp(rig, tx, generations);
            for (int from = 0; from < generations.size(); from += 100) {
                List<Generation> some = generations.subList(from, Math.min(from + 100, generations.size()));
                List<@Nullable Object> values = new ArrayList<>();
                some.forEach(generation -> values.addAll(java.util.Arrays.asList(generation.toRow())));
                tx.sql()
                        .execute(
                                "INSERT INTO " + GenerationRow.TABLE + " (" + columns + ") VALUES "
                                        + String.join(
                                                ", ",
                                                some.stream()
                                                        .map(_ -> "(" + marks + ")")
                                                        .toList())
                                        + " ON CONFLICT (id) DO UPDATE SET " + update,
                                values.toArray());
            }
            return 0;
        });
    }

    static Draft of(Caller caller, Instant at) {
        return new Draft(caller, Micros.toInstant(Micros.of(at)));
    }

    static Generation full(Caller caller) {
        return new Generation(
                Ids.next(),
                Instant.parse("2026-09-21T12:00:00.123456Z"),
                "completions",
                new Generation.Owner(caller.organizationId(), caller.workspaceId(), caller.keyId(), 7),
                new Generation.Client("user-1", "session-1", "req-1", "https://example.org/app", "agent/1"),
                new Generation.Route(
                        "x",
                        "a/x",
                        "x-2026",
                        "x-2026-01",
                        "two",
                        "Two",
                        "two/a",
                        "openrouter/auto",
                        "11111111-1111-1111-1111-111111111111",
                        "priority",
                        "global",
                        "up-1"),
                new Generation.Outcome(200, null, true, false, "stop", "end_turn", 40L, 1_200L, 5L),
                new Generation.Tokens(9L, 24L, 10L, 25L, 3L, 2L, 5L, 1L),
                new Generation.Media(1L, 2L, 3L, 4L, 5L, "exa", "gen-0"),
                new Generation.Cost(
                        Usd.ofNanos(1_234),
                        Usd.ofNanos(500_000_000),
                        Usd.ofNanos(-12),
                        Generation.Source.ESTIMATED,
                        "prices-1",
                        true,
                        false),
                List.of(
                        new Generation.Attempt(429, "One", null, null, null, null, false),
                        new Generation.Attempt(200, "Two", "two/a", "a/x", "up-1", 40L, true)));
    }

    /// A generation in the making, with ordinary values where a test says nothing.
    static final class Draft {
        private final Caller caller;
        private final Instant at;
        private UUID id;
        private String model = "a/x";
        private String endpoint = "p1";
        private long charge;
        private long upstream;
        private boolean byok;
        private boolean free;
        private Generation.Source source = Generation.Source.EXACT;
        private @Nullable Integer app;
        private @Nullable String session;
        private @Nullable String provider;
        private @Nullable Long latency;
        private @Nullable Long generationTime;
        private int status = 200;
        private @Nullable String error;
        private boolean cancelled;

        Draft(Caller caller, Instant at) {
            this.caller = caller;
            this.at = at;
            this.id = Ids.uuid7(at.toEpochMilli(), ThreadLocalRandom.current());
        }

        Draft id(UUID value) {
            id = value;
            return this;
        }

        Draft model(String name, String at) {
            model = name;
            endpoint = at;
            return this;
        }

        Draft cost(long chargeNanos, long upstreamNanos, boolean isByok) {
            charge = chargeNanos;
            upstream = upstreamNanos;
            byok = isByok;
            return this;
        }

        Draft app(int number) {
            app = number;
            return this;
        }

        Draft session(String name) {
            session = name;
            return this;
        }

        Draft provider(String name) {
            provider = name;
            return this;
        }

        /// In milliseconds.
        Draft timed(long firstToken, long rest) {
            latency = firstToken;
            generationTime = rest;
            return this;
        }

        Draft ended(int httpStatus, @Nullable String errorType, boolean isCancelled) {
            status = httpStatus;
            error = errorType;
            cancelled = isCancelled;
            return this;
        }

        Draft free() {
            free = true;
            return this;
        }

        Draft source(Generation.Source value) {
            source = value;
            return this;
        }

        Generation build() {
            return with(new Generation.Tokens(null, null, 10L, 25L, 3L, null, 5L, null));
        }

        Generation bare() {
            return with(Generation.Tokens.UNKNOWN);
        }

        private Generation with(Generation.Tokens tokens) {
            return new Generation(
                    id,
                    at,
                    "completions",
                    new Generation.Owner(caller.organizationId(), caller.workspaceId(), caller.keyId(), app),
                    new Generation.Client(null, session, null, null, null),
                    new Generation.Route(
                            model, model, null, null, null, provider, endpoint, null, null, null, "global", null),
                    new Generation.Outcome(status, error, false, cancelled, null, null, latency, generationTime, null),
                    tokens,
                    Generation.Media.NONE,
                    new Generation.Cost(Usd.ofNanos(charge), Usd.ofNanos(upstream), null, source, null, byok, free),
                    List.of());
        }
    }
}
