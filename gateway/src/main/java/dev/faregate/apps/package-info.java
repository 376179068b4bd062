/// The client programs that call us, as they name themselves in headers.
@NullMarked
package dev.faregate.apps;

import org.jspecify.annotations.NullMarked;
