package dev.faregate.usage;

import static dev.faregate.storage.tables.Tables.WORKSPACE;

import dev.faregate.base.Json;
import dev.faregate.keys.Caller;
import dev.faregate.storage.Database;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores what a workspace wants stored (contract 2.4, `is_observability_io_logging_enabled` and its
/// sampling rate and keys), and beyond that what the operator decided for all. Read anew every other
/// second, on every node, so a switch acts within that time; while the database is out of reach the
/// last answer stands.
final class WorkspaceContentLogging implements ContentLogging, AutoCloseable {
    /// `keys`: ids or hashes; null for every key of the workspace.
    private record Rule(long perBillion, @Nullable Set<String> keys) {}

    private static final long ALL = 1_000_000_000;
    private static final Duration PERIOD = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(WorkspaceContentLogging.class);

    private final Database database;
    private final ContentLogging operator;
    private final ScheduledExecutorService turns;
    private volatile Map<String, Rule> rules = Map.of();

    private WorkspaceContentLogging(Database database, ContentLogging operator) {
        this.database = database;
        this.operator = operator;
        this.turns = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("content-logging").daemon(true).factory());
    }

    /// Also stores what `operator` says.
    static WorkspaceContentLogging start(Database database, ContentLogging operator) {
        WorkspaceContentLogging logging = new WorkspaceContentLogging(database, operator);
        logging.read();
        logging.turns.scheduleWithFixedDelay(
                logging::turn, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        return logging;
    }

    @Override
    public boolean keeps(Caller caller, UUID generation) {
        Rule rule = rules.get(caller.workspaceId());
        return rule != null && applies(rule, caller, generation) || operator.keeps(caller, generation);
    }

    private static boolean applies(Rule rule, Caller caller, UUID generation) {
        Set<String> keys = rule.keys();
        boolean meant = keys == null
                || keys.contains(caller.keyId())
                || keys.contains(caller.key().hash());
        return meant && Math.floorMod(generation.getLeastSignificantBits(), ALL) < rule.perBillion();
    }

    @Override
    public void close() {
        turns.shutdownNow();
    }

    private void turn() {
        try {
            read();
        } catch (RuntimeException e) {
            LOG.warn("Which workspaces have their texts stored could not be read: {}", e.toString());
        }
    }

    /// Reads the switches of all workspaces.
    void read() {
        Map<String, Rule> read = new HashMap<>();
        database.read(tx -> tx.sql()
                        .select(WORKSPACE.ID, WORKSPACE.IO_LOGGING_SAMPLING_RATE, WORKSPACE.IO_LOGGING_API_KEY_IDS)
                        .from(WORKSPACE)
                        .where(DSL.condition(WORKSPACE.IS_OBSERVABILITY_IO_LOGGING_ENABLED))
                        .and(WORKSPACE.DELETED_AT.isNull())
                        .fetch())
                .forEach(row -> read.put(row.value1(), new Rule(row.value2(), keys(row.value3()))));
        rules = Map.copyOf(read);
    }

    private static @Nullable Set<String> keys(@Nullable String json) {
        if (json == null) {
            return null;
        }
        Set<String> keys = new HashSet<>();
        Json.read(json.getBytes(StandardCharsets.UTF_8)).forEach(key -> keys.add(key.asString()));
        return Set.copyOf(keys);
    }
}
