/// Which endpoints a request may use, and in which order.
@NullMarked
package dev.faregate.routing;

import org.jspecify.annotations.NullMarked;
