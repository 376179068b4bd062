package dev.faregate.storage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;

/// Copies what a PostgreSQL database has at one moment into another one of the same schema, as a dump does, for
/// machines without the tools of PostgreSQL.
public final class CopiedTables {
    private CopiedTables() {}

    public static void copy(String fromUrl, String toUrl) throws SQLException, IOException {
        try (PostgresDatabase from = PostgresDatabase.open(fromUrl);
                PostgresDatabase to = PostgresDatabase.open(toUrl);
                Connection source = from.source().getConnection();
                Connection target = to.source().getConnection();
                Statement read = source.createStatement();
                Statement write = target.createStatement()) {
            read.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
            // Without triggers and foreign keys, so in any order.
            write.execute("SET session_replication_role = replica");
            List<String> tables = texts(read, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
            write.execute("TRUNCATE " + String.join(", ", tables));
            for (String table : tables) {
                ByteArrayOutputStream rows = new ByteArrayOutputStream();
                var _ = source.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY " + table + " TO STDOUT", rows);
                var _ = target.unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn("COPY " + table + " FROM STDIN", new ByteArrayInputStream(rows.toByteArray()));
            }
            for (String next : texts(
                    read,
                    "SELECT 'SELECT setval(' || quote_literal(sequencename) || ', ' || last_value || ')' FROM pg_sequences "
                            + "WHERE schemaname = 'public' AND last_value IS NOT NULL")) {
                write.execute(next);
            }
        }
    }

    private static List<String> texts(Statement statement, String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }
}
