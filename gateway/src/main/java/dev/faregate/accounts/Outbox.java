package dev.faregate.accounts;

import dev.faregate.base.Schedules;
import dev.faregate.base.Secret;
import dev.faregate.byok.Sealed;
import dev.faregate.byok.Sealer;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Mail on its way: written in the transaction of what it tells, sent afterwards, and again while the mail server does
/// not take it, also by the next life of this node or by another node. One thread of its own; safe to share.
final class Outbox implements AutoCloseable {
    /// A mail that is sealed and ready for a transaction.
    record Sealable(String id, Sealed sealed, Duration lifetime) {}

    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
    private static final String PLACE = "mail_outbox";

    /// Longer than sending one may take; a node that died has its mail sent by another after this.
    private static final Duration LEASE = Duration.ofMinutes(2);

    private static final Duration LOOK = Duration.ofSeconds(10);
    private static final Duration CLEAN = Duration.ofMinutes(10);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);
    /// After how much longer each time, and no longer than this.
    private static final int SLOWER = 4;

    static final Duration USUAL_PAUSE = Duration.ofSeconds(30);
    private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private final Database database;
    private final Sealer sealer;
    private final @Nullable MailSender sender;
    private final Duration firstPause;
    private final OutboxStore store = new OutboxStore();
    private final ScheduledThreadPoolExecutor turns;
    private final AtomicBoolean woken = new AtomicBoolean();
    private volatile boolean stopping;

    private Outbox(Database database, Sealer sealer, @Nullable MailSender sender, Duration firstPause) {
        this.database = database;
        this.sealer = sealer;
        this.sender = sender;
        this.firstPause = firstPause;
        this.turns = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("outbox").daemon(true).factory());
        turns.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /// Begins to send; without a sender nothing can be put in. `clean` is called now and then, for what else gets old.
    static Outbox start(
            Database database, Sealer sealer, @Nullable MailSender sender, Duration firstPause, Consumer<Tx> clean) {
        Outbox outbox = new Outbox(database, sealer, sender, firstPause);
        if (sender != null) {
            outbox.turns.scheduleWithFixedDelay(
                    () -> outbox.guarded(outbox::turn), 0, LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
        Runnable cleaning = () -> database.write(tx -> {
            clean.accept(tx);
            return null;
        });
        outbox.turns.scheduleWithFixedDelay(
                () -> outbox.guarded(cleaning), CLEAN.toMillis(), CLEAN.toMillis(), TimeUnit.MILLISECONDS);
        return outbox;
    }

    /// Whether mail can be sent at all.
    boolean isOn() {
        return sender != null;
    }

    /// Seals a mail, before the transaction that puts it in. It is given up after `lifetime`.
    Sealable seal(Mail mail, Duration lifetime) {
        String id = OutboxStore.newId();
        return new Sealable(id, sealer.seal(mail.toJson(), PLACE, id), lifetime);
    }

    /// Puts a mail in, in the transaction of what it tells; [#wake] after the commit.
    void put(Tx tx, Sealable mail) {
        if (sender == null) {
            throw new IllegalStateException("mail is not set up");
        }
        sealer.claim(tx);
        store.insert(tx, mail.id(), mail.sealed(), mail.lifetime());
    }

    /// Sends what is there, soon.
    void wake() {
        if (sender != null && woken.compareAndSet(false, true)) {
            turns.execute(() -> {
                woken.set(false);
                guarded(this::turn);
            });
        }
    }

    /// A failed turn must not be the last.
    private void guarded(Runnable turn) {
        try {
            if (!stopping) {
                turn.run();
            }
        } catch (RuntimeException e) {
            LOG.warn("the outbox could not be worked on: {}", e.toString());
        }
    }

    private void turn() {
        if (database.read(store::isEmpty)) {
            return;
        }
        // One by one: a lease must outlast only its own mail.
        Optional<OutboxStore.Row> leased;
        do {
            leased = database.write(tx -> store.lease(tx, LEASE));
            leased.ifPresent(this::send);
        } while (leased.isPresent() && !stopping);
    }

    private void send(OutboxStore.Row row) {
        if (stopping) {
            return;
        }
        Optional<Secret> opened = sealer.open(row.sealed(), PLACE, row.id());
        if (opened.isEmpty()) {
            LOG.error("mail {} does not open with this node's master key", row.id());
            retry(row);
            return;
        }
        Mail mail = Mail.ofJson(opened.get());
        MailSender.Result result = mail.isToNobody() || sender == null ? MailSender.Result.SENT : sender.send(mail);
        if (result.sent()) {
            forget(row);
        } else if (result.forGood()) {
            LOG.warn("mail {} was refused for good: {}", row.id(), result.words());
            forget(row);
        } else {
            LOG.warn("mail {} could not be sent (attempt {}): {}", row.id(), row.attempts(), result.words());
            retry(row);
        }
    }

    private void forget(OutboxStore.Row row) {
        database.write(tx -> {
            store.delete(tx, row.id());
            return null;
        });
    }

    private void retry(OutboxStore.Row row) {
        Duration pause = pause(row.attempts());
        database.write(tx -> {
            store.retryIn(tx, row.id(), pause);
            return null;
        });
        turns.schedule(() -> guarded(this::turn), pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Duration pause(int attempts) {
        Duration pause = firstPause;
        for (int i = 1; i < attempts && pause.compareTo(LONGEST_PAUSE) < 0; i++) {
            pause = pause.multipliedBy(SLOWER);
        }
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    @Override
    public void close() {
        stopping = true;
        Schedules.end(turns, STOP_PATIENCE);
    }
}
