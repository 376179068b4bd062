package dev.faregate.keys;

import dev.faregate.storage.Database;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.SqliteDatabase;
import dev.faregate.storage.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/// Empty stores for contract tests, one of either kind; PostgreSQL itself is started once per test run.
public final class Stores {
    private static final Map<Database.Kind, Database> SHARED = new EnumMap<>(Database.Kind.class);

    private Stores() {}

    /// A database that the tests of one run share, because making one takes a second: each test keeps to
    /// an organization of its own.
    public static synchronized Database shared(Database.Kind kind) {
        return SHARED.computeIfAbsent(kind, _ -> {
            Database database = open(kind);
            Runtime.getRuntime().addShutdownHook(new Thread(database::close));
            return database;
        });
    }

    /// A database with the newest schema and nothing in it.
    public static Database open(Database.Kind kind) {
        return switch (kind) {
            case SQLITE -> SqliteDatabase.open(folder(), SqliteDatabase.Options.DEFAULT);
            case POSTGRESQL -> PostgresDatabase.open(TestPostgres.freshUrl());
        };
    }

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("faregate-test");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
