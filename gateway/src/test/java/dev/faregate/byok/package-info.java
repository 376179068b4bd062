@NullMarked
package dev.faregate.byok;

import org.jspecify.annotations.NullMarked;
