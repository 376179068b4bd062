package dev.faregate.storage;

import java.nio.file.Path;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/// Opens the store a configuration names.
public final class Databases {
    private Databases() {}

    /// SQLite in `dataFolder`, or PostgreSQL when `url` is given
    /// (`postgresql://user:password@host:port/name?options`, `postgres://...` or `jdbc:postgresql://...`).
    /// Brings it to the newest schema first. Throws `IllegalStateException` with a sentence for the
    /// operator when it cannot be used.
    public static Database open(Path dataFolder, @Nullable String url) {
        return url == null
                ? SqliteDatabase.open(dataFolder, SqliteDatabase.Options.DEFAULT)
                : PostgresDatabase.open(url);
    }

    static IllegalStateException refused(FlywayException e) {
        return new IllegalStateException(
                "The database does not fit this version of faregate: it was made by a newer one, or its schema was "
                        + "changed by hand. Nothing was changed. " + e.getMessage(),
                e);
    }
}
