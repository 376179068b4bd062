@NullMarked
package dev.faregate.leaks;

import org.jspecify.annotations.NullMarked;
