/// Provider keys that organizations bring: kept sealed, opened in memory only.
@NullMarked
package dev.faregate.byok;

import org.jspecify.annotations.NullMarked;
