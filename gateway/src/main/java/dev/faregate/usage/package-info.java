/// Generations: the record of each finished inference.
@NullMarked
package dev.faregate.usage;

import org.jspecify.annotations.NullMarked;
