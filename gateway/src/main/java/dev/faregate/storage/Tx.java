package dev.faregate.storage;

import java.sql.Connection;
import java.time.Instant;
import org.jooq.DSLContext;

/// An open transaction. Stores take it as an argument, so the caller draws its borders.
///
/// `now` is the database's clock (PostgreSQL) or this machine's (SQLite), read once per transaction: the
/// clock that decides windows.
public record Tx(DSLContext sql, Connection connection, Database.Kind kind, Instant now) {}
