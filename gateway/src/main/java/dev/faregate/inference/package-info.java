/// The request flow from a chat request to its last byte.
@NullMarked
package dev.faregate.inference;

import org.jspecify.annotations.NullMarked;
