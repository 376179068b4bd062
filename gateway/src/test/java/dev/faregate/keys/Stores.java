package dev.faregate.keys;

import dev.faregate.storage.Database;
import dev.faregate.storage.PostgresDatabase;
import dev.faregate.storage.SqliteDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// Empty stores for contract tests, one of either kind; PostgreSQL itself is started once per test run.
public final class Stores {
    private static final AtomicInteger COUNT = new AtomicInteger();

    /// Started on first use, stopped with the process.
    private static final class Postgres {
        static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            try {
                // A server that would lose a commit is refused.
                EmbeddedPostgres server = EmbeddedPostgres.builder()
                        .setServerConfig("fsync", "on")
                        .setServerConfig("full_page_writes", "on")
                        .setServerConfig("synchronous_commit", "on")
                        .start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server)));
                return server;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final Map<Database.Kind, Database> SHARED = new EnumMap<>(Database.Kind.class);

    private Stores() {}

    /// A database that the tests of one run share, because making one takes a second: each test keeps to an
    /// organization of its own.
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
            case POSTGRESQL -> PostgresDatabase.open(postgresUrl());
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

    private static String postgresUrl() {
        String name = "keys_" + COUNT.incrementAndGet();
        try (Connection connection =
                        Postgres.SERVER.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return "postgresql://postgres@127.0.0.1:" + Postgres.SERVER.getPort() + "/" + name;
    }

    private static void close(EmbeddedPostgres server) {
        try {
            server.close();
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
