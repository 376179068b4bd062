@NullMarked
package dev.faregate.governance;

import org.jspecify.annotations.NullMarked;
