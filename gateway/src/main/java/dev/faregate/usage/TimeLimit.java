package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.storage.Database;
import dev.faregate.storage.Tx;
import java.sql.SQLException;
import java.util.Set;
import java.util.function.Function;
import org.jooq.exception.DataAccessException;

/// Questions that a client asks and that may be too large: the database ends what takes longer than its
/// time limit (seconds), and the client hears 408 instead of an error of ours (contract 2.3).
final class TimeLimit {
    /// SQLite's code for a statement that was interrupted.
    private static final int INTERRUPTED = 9;

    /// PostgreSQL's states for a statement or a lock that took too long.
    private static final Set<String> TOO_LONG = Set.of("57014", "55P03");

    private TimeLimit() {}

    /// Throws `ApiException` (408) when the database gave up.
    static <T> T read(Database database, Function<Tx, T> question) {
        return database.read(tx -> {
            try {
                return question.apply(tx);
            } catch (DataAccessException e) {
                if (tookTooLong(tx.kind(), e.getCause(SQLException.class))) {
                    throw exceeded();
                }
                throw e;
            }
        });
    }

    static ApiException exceeded() {
        return new ApiException(
                new ApiError.RequestTimeout("Operation timed out: ask for a shorter time or for less detail."));
    }

    private static boolean tookTooLong(Database.Kind kind, SQLException e) {
        return switch (kind) {
            case SQLITE -> e != null && (e.getErrorCode() & 0xff) == INTERRUPTED;
            case POSTGRESQL -> e != null && e.getSQLState() != null && TOO_LONG.contains(e.getSQLState());
        };
    }
}
