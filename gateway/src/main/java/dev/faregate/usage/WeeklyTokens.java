package dev.faregate.usage;

import dev.faregate.base.Schedules;
import dev.faregate.models.Model;
import dev.faregate.storage.Database;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How many tokens each model took in the last seven days, today (UTC) being the last: what "most popular"
/// means. Everybody on this installation counts who did not opt out of rankings. It is read from the roll-ups by
/// day once in a while, so that asking costs nothing and never blocks. Safe to share between threads.
public final class WeeklyTokens implements AutoCloseable {
    private static final int DAYS = 7;
    private static final Duration PERIOD = Duration.ofMinutes(5);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(WeeklyTokens.class);

    private final Database database;
    private final ScheduledExecutorService turns;
    private volatile Map<String, Long> byModel = Map.of();

    WeeklyTokens(Database database) {
        this.database = database;
        this.turns = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("weekly-tokens").daemon(true).factory());
    }

    WeeklyTokens started() {
        turns.scheduleWithFixedDelay(this::turn, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
        return this;
    }

    /// Prompt and completion tokens; 0 for a model that nobody used.
    public long of(Model model) {
        return byModel.getOrDefault(model.id(), 0L);
    }

    @Override
    public void close() {
        Schedules.end(turns, STOP_PATIENCE);
    }

    private void turn() {
        try {
            read();
        } catch (RuntimeException e) {
            // It is tried again in a while; what was read last stays.
            LOG.warn("What models were used in the last week could not be summed up: {}", e.toString());
        }
    }

    /// Reads the sums anew.
    void read() {
        Map<String, Long> sums = new HashMap<>();
        database.read(tx -> {
                    int today =
                            (int) LocalDate.ofInstant(tx.now(), ZoneOffset.UTC).toEpochDay();
                    return Rankings.models(tx, null, today - DAYS + 1, today);
                })
                .forEach(day -> sums.merge(day.model(), day.tokens(), Math::addExact));
        byModel = Map.copyOf(sums);
    }
}
