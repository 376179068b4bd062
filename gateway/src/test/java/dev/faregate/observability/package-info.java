@NullMarked
package dev.faregate.observability;

import org.jspecify.annotations.NullMarked;
