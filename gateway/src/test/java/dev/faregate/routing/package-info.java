@NullMarked
package dev.faregate.routing;

import org.jspecify.annotations.NullMarked;
