package dev.faregate.schema;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/// Brings a database to the newest schema. Files in `db/common` run on every database, files in
/// `db/sqlite` or `db/postgresql` on that one; both folders share one sequence of version numbers.
///
/// The same migrations make the database that the SQL classes are generated from, so code and schema
/// cannot differ.
public final class Migrator {
    /// A database this program can keep its data in.
    public enum Kind {
        SQLITE("sqlite", "text"),
        POSTGRESQL("postgresql", "jsonb");

        private final String folder;
        private final String json;

        Kind(String folder, String json) {
            this.folder = folder;
            this.json = json;
        }
    }

    private Migrator() {}

    /// Runs what is missing and returns how many migrations that were. Fails, without changing anything,
    /// when the database was made by a newer version of the program.
    public static int migrate(Kind kind, DataSource source) {
        return configure(kind, Flyway.configure().dataSource(source)).migrate().migrationsExecuted;
    }

    private static Flyway configure(Kind kind, FluentConfiguration configuration) {
        return configuration
                .locations("classpath:db/common", "classpath:db/" + kind.folder)
                .placeholders(Map.of("json", kind.json))
                .ignoreMigrationPatterns(new String[0])
                .loggers("slf4j")
                .load();
    }

    /// Makes a fresh SQLite file with the newest schema, for the SQL class generator.
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.deleteIfExists(file);
        configure(Kind.SQLITE, Flyway.configure().dataSource("jdbc:sqlite:" + file, null, null))
                .migrate();
    }
}
