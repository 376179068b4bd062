/// Configuration, listeners and the list of routes.
@NullMarked
package dev.faregate.server;

import org.jspecify.annotations.NullMarked;
