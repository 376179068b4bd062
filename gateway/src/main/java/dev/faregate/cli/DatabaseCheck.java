package dev.faregate.cli;

import dev.faregate.base.Secret;
import dev.faregate.cli.Checks.Finding;
import dev.faregate.cli.Checks.Status;
import dev.faregate.server.Config;
import dev.faregate.storage.PostgresUrl;
import dev.faregate.storage.SqliteDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// Whether the database answers: a connection, one question, nothing written and nothing migrated.
final class DatabaseCheck {
    private static final String TIMEOUT_SECONDS = "5";

    private DatabaseCheck() {}

    static Finding run(Config config) {
        Secret url = config.databaseUrl();
        return url == null ? sqlite(config.data().resolve(SqliteDatabase.FILE)) : postgresql(url.reveal());
    }

    private static Finding sqlite(Path file) {
        if (!Files.exists(file)) {
            return new Finding("database", Status.OK, file + " will be made at the first start");
        }
        Properties properties = new Properties();
        properties.setProperty("open_mode", "1"); // SQLITE_OPEN_READONLY
        properties.setProperty("busy_timeout", "2000");
        String version = ask("jdbc:sqlite:" + file, properties, "select sqlite_version() from sqlite_master limit 1");
        return version == null
                ? new Finding("database", Status.FAIL, file + " cannot be read as a SQLite database.")
                : new Finding("database", Status.OK, file + " (SQLite " + version + ")");
    }

    private static Finding postgresql(String text) {
        PostgresUrl url;
        try {
            url = PostgresUrl.parse(text);
        } catch (IllegalArgumentException e) {
            return new Finding("database", Status.FAIL, String.valueOf(e.getMessage()));
        }
        Properties properties = new Properties();
        properties.setProperty("connectTimeout", TIMEOUT_SECONDS);
        properties.setProperty("loginTimeout", TIMEOUT_SECONDS);
        properties.setProperty("socketTimeout", TIMEOUT_SECONDS);
        if (url.user() != null) {
            properties.setProperty("user", url.user());
        }
        if (url.password() != null) {
            properties.setProperty("password", url.password().reveal());
        }
        String version = ask(url.jdbc(), properties, "show server_version");
        return version == null
                ? new Finding("database", Status.FAIL, url.jdbc() + " does not answer, or does not let us in.")
                : new Finding("database", Status.OK, url.jdbc() + " (PostgreSQL " + version + ")");
    }

    /// The one answer to one question, or null: why not may quote the URL, so it is not shown.
    private static @Nullable String ask(String url, Properties properties, String question) {
        try (Connection connection = DriverManager.getConnection(url, properties);
                Statement statement = connection.createStatement();
                ResultSet answer = statement.executeQuery(question)) {
            return answer.next() ? answer.getString(1) : "empty";
        } catch (SQLException e) {
            return null;
        }
    }
}
