@NullMarked
package dev.faregate.credits;

import org.jspecify.annotations.NullMarked;
