/// Upstream providers and the client that calls them.
@NullMarked
package dev.faregate.providers;

import org.jspecify.annotations.NullMarked;
