/// Transactions on SQLite and PostgreSQL.
@NullMarked
package dev.faregate.storage;

import org.jspecify.annotations.NullMarked;
