package dev.faregate.storage;

import dev.faregate.schema.Migrator;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/// One PostgreSQL server for the whole test run, started when first asked for, as durable as a real one.
/// Each test gets a database of its own, copied from one that was migrated once.
public final class TestPostgres {
    private static final String TEMPLATE = "faregate_template";
    private static final AtomicInteger NEXT = new AtomicInteger();

    private TestPostgres() {}

    private static final class Holder {
        static final EmbeddedPostgres SERVER = start();
    }

    /// The URL of a fresh database with the newest schema.
    public static synchronized String freshUrl() {
        String name = "test_" + NEXT.incrementAndGet();
        execute("CREATE DATABASE " + name + " TEMPLATE " + TEMPLATE);
        return "postgresql://postgres@127.0.0.1:" + Holder.SERVER.getPort() + "/" + name;
    }

    /// The URL of a fresh database without any schema.
    public static synchronized String emptyUrl() {
        String name = "test_" + NEXT.incrementAndGet();
        execute("CREATE DATABASE " + name);
        return "postgresql://postgres@127.0.0.1:" + Holder.SERVER.getPort() + "/" + name;
    }

    /// Runs one statement as the server's owner.
    public static void execute(String sql) {
        execute(Holder.SERVER, sql);
    }

    private static void execute(EmbeddedPostgres server, String sql) {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// An orderly stop would first sync the files of every test's database, and to remove them takes long too:
    /// both longer than the test runner gives the JVM to end. A process that nobody waits for does it.
    private static void stopAtOnceAtExit(EmbeddedPostgres server) throws IOException {
        Path folder = dataFolder(server);
        String postmaster =
                Files.readAllLines(folder.resolve("postmaster.pid")).getFirst().strip();
        String script = "kill -QUIT $1; for i in $(seq 100); do kill -0 $1 && sleep 0.1; done; exec rm -rf \"$2\"";
        ProcessBuilder last = new ProcessBuilder("sh", "-c", script, "sh", postmaster, folder.toString())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                last.start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
    }

    private static Path dataFolder(EmbeddedPostgres server) {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW data_directory")) {
            row.next();
            return Path.of(row.getString(1));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static EmbeddedPostgres start() {
        try {
            EmbeddedPostgres server = EmbeddedPostgres.builder()
                    .setCleanDataDirectory(false)
                    .setServerConfig("fsync", "on")
                    .setServerConfig("full_page_writes", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .start();
            stopAtOnceAtExit(server);
            execute(server, "CREATE DATABASE " + TEMPLATE);
            Migrator.migrate(Migrator.Kind.POSTGRESQL, server.getDatabase("postgres", TEMPLATE));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
