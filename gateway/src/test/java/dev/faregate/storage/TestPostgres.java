package dev.faregate.storage;

import dev.faregate.schema.Migrator;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
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

    private static EmbeddedPostgres start() {
        try {
            EmbeddedPostgres server = EmbeddedPostgres.builder()
                    .setServerConfig("fsync", "on")
                    .setServerConfig("full_page_writes", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .start();
            execute(server, "CREATE DATABASE " + TEMPLATE);
            Migrator.migrate(Migrator.Kind.POSTGRESQL, server.getDatabase("postgres", TEMPLATE));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
