package dev.faregate.storage;

import dev.faregate.base.Schedules;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What other nodes changed, told to this one: a thread with a connection of its own that listens for
/// notifications and reads the change counter at least twice a second, so that a lost notification costs
/// half a second and no more (ledger, "Revocation").
///
/// What must always hold: a change is counted as read only after the listener took it.
public final class ChangeFeed implements AutoCloseable {
    /// One change; `closed`: whatever runs for `subject` must end.
    public record Change(String subject, boolean closed) {}

    /// Who wants to know. Called on the feed's thread, which may block; what throws is told again.
    public interface Listener {
        void changed(Change change);

        /// More was missed than is kept: anything may have changed.
        void everything();

        /// Tells all of them, in order.
        static Listener of(List<Listener> listeners) {
            return new Listener() {
                @Override
                public void changed(Change change) {
                    listeners.forEach(listener -> listener.changed(change));
                }

                @Override
                public void everything() {
                    listeners.forEach(Listener::everything);
                }
            };
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(ChangeFeed.class);
    private static final Duration POLL = Duration.ofMillis(500);

    /// Without a reading for so long, what this node remembers must not be trusted.
    private static final Duration FRESH = Duration.ofSeconds(1);

    private static final Duration RETRY = Duration.ofMillis(200);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    private final PostgresDatabase database;
    private final Listener listener;
    private final Thread thread;
    private volatile long readAt;
    private volatile boolean stopping;
    private long last;
    private boolean broken;

    private ChangeFeed(PostgresDatabase database, Listener listener) {
        this.database = database;
        this.listener = listener;
        this.thread = Thread.ofPlatform().name("change-feed").daemon(true).unstarted(this::run);
    }

    /// Begins with the changes after this call. Throws `ApiException` (503) when the database does not
    /// answer.
    public static ChangeFeed start(PostgresDatabase database, Listener listener) {
        ChangeFeed feed = new ChangeFeed(database, listener);
        feed.readAt = System.nanoTime();
        feed.last = database.read(
                tx -> tx.sql().fetchSingle("SELECT seq FROM change_counter").get(0, Long.class));
        feed.thread.start();
        return feed;
    }

    /// Whether every change that was committed more than a second ago is known here.
    public boolean isFresh() {
        return System.nanoTime() - readAt <= FRESH.toNanos();
    }

    @Override
    public void close() {
        stopping = true;
        Schedules.end(thread, STOP_PATIENCE);
    }

    private void run() {
        while (!stopping) {
            try (Connection connection = database.connect()) {
                follow(connection);
            } catch (SQLException | RuntimeException e) {
                if (!broken && !stopping) {
                    LOG.warn("changes of other nodes cannot be read, trying again: {}", e.getMessage());
                }
                broken = true;
                LockSupport.parkNanos(this, RETRY.toNanos());
            }
        }
    }

    /// Listens first and reads then, so nothing falls between the two.
    private void follow(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("LISTEN " + Changes.CHANNEL);
        }
        PGConnection notified = connection.unwrap(PGConnection.class);
        while (!stopping) {
            long asked = System.nanoTime();
            read(connection);
            readAt = asked;
            if (broken) {
                LOG.info("changes of other nodes are read again");
                broken = false;
            }
            var _ = notified.getNotifications((int) POLL.toMillis());
        }
    }

    private void read(Connection connection) throws SQLException {
        long now = counter(connection);
        if (now == last) {
            return;
        }
        List<Change> changes = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT subject, closed FROM change_log WHERE seq > ? AND seq <= ? ORDER BY seq")) {
            statement.setLong(1, last);
            statement.setLong(2, now);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    changes.add(new Change(row.getString(1), row.getBoolean(2)));
                }
            }
        }
        if (changes.size() == now - last) {
            // The same thing changed ten times is one piece of news.
            new LinkedHashSet<>(changes).forEach(listener::changed);
        } else {
            // Too far behind, or a counter that went back: the database is not the one of before.
            listener.everything();
        }
        last = now;
    }

    private static long counter(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT seq FROM change_counter")) {
            row.next();
            return row.getLong(1);
        }
    }
}
