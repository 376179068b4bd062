package dev.faregate.credits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Whatever statement a record goes through, the row is the record.
class SqliteRecordsTest {
    private static final RecordTable TABLE = new RecordTable(
            "record",
            List.of("id", "tokens", "cached", "model", "provider", "status", "streamed", "agent"),
            Set.of("model", "provider", "status", "streamed"),
            RecordSums.NONE);

    /// Texts that a statement may say, and such that would end it.
    private static final List<String> TEXTS = List.of(
            "openai/gpt-5:free",
            "Google AI Studio",
            "",
            "it's",
            "'); DROP TABLE record; --",
            "%s ? :a @b $c",
            "back\\slash \"quoted\"",
            "line\nend",
            "Größe",
            "🚀",
            "x".repeat(301));

    private Connection connection;
    private SqliteRecords records;

    @BeforeEach
    void open() throws SQLException {
        connection = DriverManager.getConnection("jdbc:sqlite::memory:");
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE record (id TEXT PRIMARY KEY, tokens BIGINT, cached BIGINT, model TEXT, "
                    + "provider TEXT, status INTEGER, streamed BOOLEAN, agent TEXT)");
        }
        records = new SqliteRecords(connection, TABLE);
    }

    @AfterEach
    void close() throws SQLException {
        records.close();
        connection.close();
    }

    @Test
    void storesEveryRecordAsItIs() throws SQLException {
        Random random = new Random(7);
        List<List<Object>> wanted = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            @Nullable
            Object[] record = {
                "id-%05d".formatted(i),
                random.nextBoolean() ? (Object) random.nextLong() : null,
                random.nextInt(3) == 0 ? null : (Object) (long) random.nextInt(2),
                some(TEXTS, random),
                some(List.of("p", "q"), random),
                200 + random.nextInt(2),
                random.nextBoolean(),
                some(TEXTS, random)
            };
            assertThat(records.add(record)).isTrue();
            wanted.add(asStored(record));
        }
        assertThat(stored()).isEqualTo(wanted);
    }

    @Test
    void storesThoseThatAreAlikeAsTheyAre() throws SQLException {
        List<List<Object>> wanted = new ArrayList<>();
        for (String text : TEXTS) {
            for (int i = 0; i < 40; i++) {
                Object[] record = {
                    "id-%02d-%02d".formatted(TEXTS.indexOf(text), i), (long) i % 3, 0L, text, text, 200, true, text
                };
                assertThat(records.add(record)).isTrue();
                wanted.add(asStored(record));
            }
        }
        assertThat(stored()).isEqualTo(wanted);
    }

    @Test
    void keepsTheFirstOfTwoWithOneId() throws SQLException {
        for (int i = 0; i < 40; i++) {
            assertThat(records.add(alike("id-%02d".formatted(i), 1))).isTrue();
            assertThat(records.add(alike("id-%02d".formatted(i), 2))).isFalse();
        }
        assertThat(stored()).hasSize(40).allMatch(row -> row.get(1).equals(1L));
    }

    @Test
    void remembersNoMoreStatementsThanItMay() throws SQLException {
        for (int i = 0; i < 400; i++) {
            for (int j = 0; j < 20; j++) {
                records.add(new Object[] {"%d/%d".formatted(i, j), 1L, 1L, "model " + i, "p", 200, true, "a"});
            }
        }
        assertThat(stored()).hasSize(8_000);
        assertThat(records.statements()).isLessThanOrEqualTo(160);
    }

    @Test
    void takesOnlyWholeRecords() {
        assertThatIllegalArgumentException().isThrownBy(() -> records.add(new Object[] {"id"}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RecordTable("record", List.of("id"), Set.of("other"), RecordSums.NONE));
    }

    private static Object[] alike(String id, long tokens) {
        return new Object[] {id, tokens, 0L, "m", "p", 200, false, "a"};
    }

    private static @Nullable String some(List<String> texts, Random random) {
        int chosen = random.nextInt(texts.size() + 1);
        return chosen == texts.size() ? null : texts.get(chosen);
    }

    private List<List<Object>> stored() throws SQLException {
        List<List<Object>> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT * FROM record ORDER BY id")) {
            while (row.next()) {
                @Nullable Object[] values = new Object[TABLE.columns().size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = row.getObject(i + 1);
                }
                rows.add(asStored(values));
            }
        }
        return rows;
    }

    /// Numbers as `Long`, truth values as 0 and 1, null as a word.
    private static List<Object> asStored(@Nullable Object[] values) {
        List<Object> row = new ArrayList<>();
        for (Object value : values) {
            row.add(
                    switch (value) {
                        case null -> "null";
                        case Boolean flag -> flag ? 1L : 0L;
                        case Number number -> number.longValue();
                        default -> value;
                    });
        }
        return row;
    }
}
