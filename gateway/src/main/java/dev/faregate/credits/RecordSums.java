package dev.faregate.credits;

import java.sql.Connection;
import java.sql.SQLException;

/// Roll-ups of the records of generations on SQLite: a batch's records are added up in memory and written once,
/// in the transaction that writes them. (Row triggers cost more than the rows. PostgreSQL has triggers that run
/// once per statement, and does the same there.) For the writer thread only.
public interface RecordSums {
    /// Adds nothing up.
    RecordSums NONE = new RecordSums() {
        @Override
        public void add(Object[] record) {}

        @Override
        public void takeOut(Connection connection, String generation) {}

        @Override
        public void flush(Connection connection) {}

        @Override
        public void forget() {}
    };

    /// A record that stands from now on: one value for each column of the [RecordTable].
    void add(Object[] record);

    /// The record that stands for `generation`, if there is one, is about to be replaced.
    void takeOut(Connection connection, String generation) throws SQLException;

    /// Writes what was added up since the last time.
    void flush(Connection connection) throws SQLException;

    /// The transaction was undone, and with it whatever was added up.
    void forget();
}
