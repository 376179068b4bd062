package dev.faregate.storage;

import java.sql.Connection;
import java.sql.SQLException;

/// Statements of one transaction.
@FunctionalInterface
public interface SqlWork<T> {
    T run(Connection connection) throws SQLException;
}
