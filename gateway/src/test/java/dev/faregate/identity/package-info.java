@NullMarked
package dev.faregate.identity;

import org.jspecify.annotations.NullMarked;
