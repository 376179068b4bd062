/// Backups of the store in one file, and putting one back.
@NullMarked
package dev.faregate.backup;

import org.jspecify.annotations.NullMarked;
