package dev.faregate.storage;

import java.time.Instant;
import java.time.InstantSource;

/// The time of a database that nodes share, carried on from the last reading without this machine's clock,
/// which may be an hour off (check 12). Safe to share between threads.
public final class DatabaseClock implements InstantSource {
    /// What the database said, and `System.nanoTime` then.
    private record Reading(Instant instant, long nanos) {}

    private final Database database;
    private volatile Reading last;

    /// Reads the time once. Blocks; throws `ApiException` (503) when the database is out of reach.
    public DatabaseClock(Database database) {
        this.database = database;
        this.last = reading();
    }

    /// Reads it again, so that two clocks that do not run alike cannot part. Blocks as the constructor does.
    public void read() {
        last = reading();
    }

    private Reading reading() {
        Instant now = database.read(Tx::now);
        return new Reading(now, System.nanoTime());
    }

    @Override
    public Instant instant() {
        Reading reading = last;
        return reading.instant().plusNanos(System.nanoTime() - reading.nanos());
    }
}
