package dev.faregate.usage;

import dev.faregate.base.Schedules;
import dev.faregate.identity.AuditLog;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks every few minutes for keys that spent unusually much today, and has people told. Every node looks; the row of
/// the alert, written in the transaction of what tells it, lets one of them tell. It reads the counters of keys, never
/// generations, and of these only of keys that spent the floor and more. One thread of its own; safe to share.
public final class SpendWatch implements AutoCloseable {
    /// What an operator decides. An `interval` of zero looks never.
    public record Options(UnusualSpend.Rule rule, Duration interval) {}

    /// Has people told.
    public interface Messenger {
        /// Writes the messages in the transaction of what they tell; false when there is nobody to write to, or no way
        /// to.
        boolean tell(Tx tx, SpendAlert.Subject key, SpendAlert alert);

        /// That transaction is committed.
        void committed();

        /// Tells nobody: who looks at the key's page or the audit log finds it.
        Messenger NONE = new Messenger() {
            @Override
            public boolean tell(Tx tx, SpendAlert.Subject key, SpendAlert alert) {
                return false;
            }

            @Override
            public void committed() {}
        };
    }

    /// The action of the audit log.
    static final String ACTION = "key.unusual_spend";

    /// Alerts of one organization on one day that people have mail about; more are told by pages and audit log alone,
    /// so that a change of prices does not fill mailboxes.
    static final int MOST_MAILED = 20;

    /// Keys that are read at once, the pause before the next, and how often in one run; the next run goes on there.
    private static final int PAGE = 500;

    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int MOST_PAGES = 40;

    /// Alerts of one run that may fail before the run ends: then it is not they that are broken.
    private static final int MOST_FAILURES = 3;

    /// How long after midnight yesterday is looked at too: what was spent just before it, and charges of requests that
    /// ran past it.
    private static final Duration AFTER_MIDNIGHT = Duration.ofHours(1);

    private static final Duration LATEST_FIRST = Duration.ofMinutes(1);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(SpendWatch.class);

    private final Database database;
    private final Options options;
    private final Messenger messenger;
    private final SpendAlertStore store = new SpendAlertStore();
    private final AuditLog audit = new AuditLog();
    private final LongAdder alerts = new LongAdder();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final ScheduledExecutorService turns = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("spend-watch").daemon(true).factory());

    /// Behind which key the next look at today, and at yesterday, goes on.
    private String place = "";

    private String latePlace = "";

    SpendWatch(Database database, Options options, Messenger messenger) {
        this.database = database;
        this.options = options;
        this.messenger = messenger;
    }

    public static SpendWatch start(Database database, Options options, Messenger messenger) {
        SpendWatch watch = new SpendWatch(database, options, messenger);
        long period = options.interval().toMillis();
        if (period > 0) {
            watch.turns.scheduleWithFixedDelay(
                    watch::turn, Math.min(period, LATEST_FIRST.toMillis()), period, TimeUnit.MILLISECONDS);
        }
        return watch;
    }

    /// Shows how many alerts this node raised.
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("faregate.spend.alerts", this, SpendWatch::alerts)
                .description("Keys and days of unusual spend that this node told people of")
                .register(registry);
    }

    long alerts() {
        return alerts.sum();
    }

    private void turn() {
        try {
            run(database.read(Tx::now));
        } catch (RuntimeException e) {
            // The next run finds the same keys again.
            LOG.warn("unusual spend could not be looked for: {}", e.toString());
        }
    }

    /// Looks once, at `now`.
    void run(Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        Instant earlier = now.minus(options.interval()).minus(AFTER_MIDNIGHT);
        if (LocalDate.ofInstant(earlier, ZoneOffset.UTC).isBefore(today)) {
            latePlace = look(today.minusDays(1), latePlace);
        }
        place = look(today, place);
    }

    /// Judges the keys of a day from `after` on; answers where to go on, or the empty text when all were judged.
    private String look(LocalDate day, String after) {
        int failures = 0;
        String last = after;
        for (int page = 0; page < MOST_PAGES && pause(); page++) {
            String from = last;
            List<SpendAlertStore.Candidate> candidates =
                    database.read(tx -> store.candidates(tx, day, options.rule().floor(), from, PAGE));
            for (SpendAlertStore.Candidate candidate : candidates) {
                last = candidate.subject().keyId();
                if (!judged(candidate, day) && ++failures == MOST_FAILURES) {
                    return last;
                }
            }
            if (candidates.size() < PAGE) {
                return "";
            }
        }
        return last;
    }

    /// False when it could not be told.
    private boolean judged(SpendAlertStore.Candidate candidate, LocalDate day) {
        SpendAlert.Subject key = candidate.subject();
        try {
            UnusualSpend.of(options.rule(), candidate.before(), candidate.spent())
                    .ifPresent(spend -> raise(key, day, spend));
            return true;
        } catch (RuntimeException e) {
            // One key must not keep the others from being judged; it is found again.
            LOG.warn("unusual spend of key {} could not be told: {}", key.keyId(), e.toString());
            return false;
        }
    }

    private void raise(SpendAlert.Subject key, LocalDate day, UnusualSpend spend) {
        String organization = key.organizationId();
        Optional<SpendAlert> raised = database.write(tx -> {
            SpendAlert alert = new SpendAlert(key.keyId(), day, tx.now(), spend);
            if (!store.insert(tx, organization, alert)) {
                return Optional.empty();
            }
            boolean mailed = store.mailed(tx, organization, day) < MOST_MAILED && messenger.tell(tx, key, alert);
            if (mailed) {
                store.markMailed(tx, alert);
            }
            audit.append(
                    tx,
                    organization,
                    AuditLog.Author.OPERATOR,
                    new AuditLog.Event(ACTION, key.keyId(), detail(alert, mailed)));
            return Optional.of(alert);
        });
        raised.ifPresent(alert -> {
            alerts.increment();
            messenger.committed();
            LOG.info("Unusual spend: key {} of organization {} {}", key.keyId(), organization, alert.words(alert.at()));
        });
    }

    private static Map<String, Object> detail(SpendAlert alert, boolean mailed) {
        UnusualSpend spend = alert.spend();
        return Map.of(
                "day", alert.day().toString(),
                "spent", spend.spent().dollars(),
                "days_before", spend.days(),
                "mean_before", spend.mean().dollars(),
                "most_before", spend.most().dollars(),
                "mailed", mailed);
    }

    /// Gives others time at the database; false when it is time to stop.
    private boolean pause() {
        try {
            return !stopped.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        stopped.countDown();
        if (!Schedules.end(turns, STOP_PATIENCE)) {
            LOG.warn("looking for unusual spend takes long and is cut");
        }
    }
}
