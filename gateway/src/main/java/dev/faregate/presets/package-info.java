/// Presets: stored settings of requests, with versions, and what they do to requests that name them.
@NullMarked
package dev.faregate.presets;

import org.jspecify.annotations.NullMarked;
