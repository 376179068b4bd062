package dev.faregate.guardrails;

import dev.faregate.base.Schedules;
import dev.faregate.guardrails.HitStore.Hit;
import dev.faregate.storage.Database;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Counts what guardrails do: at once as a metric and, for those on trial, a line in the log; in the store within
/// seconds, so that the request path never waits for it. A process that is killed loses the counts of these
/// seconds, and of nothing else. Safe to share between threads.
final class HitCounts implements Hits, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HitCounts.class);
    private static final Duration EVERY = Duration.ofSeconds(2);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

    /// Different things counted between two writes; more are only in the metric.
    private static final int MAX_KINDS = 10_000;

    private static final int MAX_RULE = 120;

    private final Database database;
    private final HitStore store;
    private final InstantSource clock;
    private final MeterRegistry registry;
    private final ConcurrentMap<Hit, LongAdder> counts = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean stopping;

    HitCounts(Database database, HitStore store, InstantSource clock, MeterRegistry registry) {
        this.database = database;
        this.store = store;
        this.clock = clock;
        this.registry = registry;
        this.thread = Thread.ofVirtual().name("guardrail-hits").start(this::run);
    }

    @Override
    public void count(Guardrail guardrail, String rule, String action) {
        boolean dryRun = guardrail.dryRun();
        registry.counter("faregate.guardrails.hits", "action", action, "dry_run", Boolean.toString(dryRun))
                .increment();
        if (dryRun) {
            LOG.info("guardrail {} on trial: {} would {}", guardrail.id(), rule, action);
        }
        Hit hit = new Hit(
                guardrail.organizationId(),
                guardrail.id(),
                HitStore.day(clock.instant()),
                rule.length() <= MAX_RULE ? rule : rule.substring(0, MAX_RULE),
                action,
                dryRun);
        LongAdder count = counts.get(hit);
        if (count == null && counts.size() < MAX_KINDS) {
            count = counts.computeIfAbsent(hit, _ -> new LongAdder());
        }
        if (count != null) {
            count.increment();
        }
    }

    private void run() {
        while (!stopping) {
            LockSupport.parkNanos(this, EVERY.toNanos());
            write();
        }
        // What was counted while the last write was under way.
        write();
    }

    private void write() {
        Map<Hit, Long> taken = new HashMap<>();
        counts.forEach((hit, count) -> {
            long sum = count.sumThenReset();
            if (sum > 0) {
                taken.put(hit, sum);
            } else if (hit.day() < HitStore.day(clock.instant()) - 1) {
                // Nobody counts for that day any more.
                counts.remove(hit, count);
            }
        });
        if (taken.isEmpty()) {
            return;
        }
        try {
            database.write(tx -> {
                store.add(tx, taken);
                return 0;
            });
        } catch (RuntimeException e) {
            LOG.warn("what guardrails did cannot be stored now: {}", e.getMessage());
            taken.forEach((hit, count) ->
                    counts.computeIfAbsent(hit, _ -> new LongAdder()).add(count));
        }
    }

    @Override
    public void close() {
        stopping = true;
        Schedules.end(thread, STOP_PATIENCE);
    }
}
