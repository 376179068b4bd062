/// The database schema: migrations as Flyway files, and the one class that runs them.
@NullMarked
package dev.faregate.schema;

import org.jspecify.annotations.NullMarked;
