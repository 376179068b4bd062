package dev.faregate.storage;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.sql.Connection;
import java.sql.SQLException;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.RenderQuotedNames;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// How jOOQ is used here: one SQL text for both databases, names unquoted and without a schema.
final class Sql {
    private static final Settings SETTINGS =
            new Settings().withRenderSchema(false).withRenderQuotedNames(RenderQuotedNames.EXPLICIT_DEFAULT_UNQUOTED);

    /// What a client is told to wait when the database is out of reach (seconds).
    private static final int RETRY_AFTER_S = 2;

    static {
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
    }

    private Sql() {}

    static DSLContext on(Connection connection, Database.Kind kind) {
        SQLDialect dialect = switch (kind) {
            case SQLITE -> SQLDialect.SQLITE;
            case POSTGRESQL -> SQLDialect.POSTGRES;
        };
        return DSL.using(connection, dialect, SETTINGS);
    }

    /// The database's own complaint inside of what jOOQ or a driver threw.
    static @Nullable SQLException cause(@Nullable Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql) {
                return sql;
            }
        }
        return null;
    }

    /// SQLite found no room on the disk: nothing was changed, and there may be room later.
    static boolean isDiskFull(@Nullable SQLException e) {
        return e instanceof SQLiteException full && (full.getErrorCode() & 0xff) == SQLiteErrorCode.SQLITE_FULL.code;
    }

    static ApiException unavailable(String why) {
        return new ApiException(new ApiError.Unavailable(why, RETRY_AFTER_S));
    }
}
