package dev.faregate.chaos;

import dev.faregate.schema.Migrator;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL server of its own, as durable as a real one, that can be killed and started again.
final class ChaosDatabase implements AutoCloseable {
    private static final String NAME = "faregate";
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final Path data;
    private final EmbeddedPostgres server;
    private @Nullable Process restarted;

    ChaosDatabase(Path folder) {
        data = folder.resolve("postgresql");
        try {
            server = EmbeddedPostgres.builder()
                    .setDataDirectory(data.toFile())
                    .setServerConfig("fsync", "on")
                    .setServerConfig("full_page_writes", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("max_connections", "100")
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        execute("postgres", "CREATE DATABASE " + NAME);
        Migrator.migrate(Migrator.Kind.POSTGRESQL, server.getDatabase("postgres", NAME));
    }

    int port() {
        return server.getPort();
    }

    /// As it is reached at that address, as itself or through a proxy.
    static String url(String host, int port) {
        return "postgresql://postgres@" + host + ":" + port + "/" + NAME;
    }

    void execute(String sql) {
        execute(NAME, sql);
    }

    private void execute(String database, String sql) {
        try (Connection connection = server.getDatabase("postgres", database).getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    String text(String sql) {
        try (Connection connection = server.getDatabase("postgres", NAME).getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Pairs of a name and a number.
    Map<String, Long> numbers(String sql) {
        Map<String, Long> numbers = new HashMap<>();
        try (Connection connection = server.getDatabase("postgres", NAME).getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                numbers.put(row.getString(1), row.getLong(2));
            }
            return numbers;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Ends every connection from the server's side.
    void endBackends() {
        execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                + "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
    }

    /// kill -9 of the whole server, then the same command again: it recovers from its log.
    void crash() throws IOException, InterruptedException {
        long pid = Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip());
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            // PostgreSQL refuses to run as root; in a user namespace of its own it does not see that it is.
            command.addAll(List.of("unshare", "-U"));
        }
        String line = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.UTF_8);
        command.addAll(List.of(line.split("\0")));
        ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
        List<ProcessHandle> backends = postmaster.children().toList();
        postmaster.destroyForcibly();
        backends.forEach(ProcessHandle::destroyForcibly);
        long end = System.nanoTime() + START_LIMIT.toNanos();
        while (!answers()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("PostgreSQL did not come back: " + command);
            }
            if (restarted == null || !restarted.isAlive()) {
                // Refused while a process of the dead server still has its memory.
                restarted = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(
                                data.resolveSibling("postgresql.log").toFile()))
                        .start();
            }
            Thread.sleep(200);
        }
    }

    private boolean answers() {
        try {
            return text("SELECT 1").equals("1");
        } catch (IllegalStateException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        Process running = restarted;
        if (running != null) {
            running.destroy();
        }
        server.close();
        if (running != null) {
            running.destroyForcibly();
        }
    }
}
