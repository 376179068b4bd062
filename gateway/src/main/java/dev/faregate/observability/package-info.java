/// Where generations are reported to, outside of this server.
@NullMarked
package dev.faregate.observability;

import org.jspecify.annotations.NullMarked;
