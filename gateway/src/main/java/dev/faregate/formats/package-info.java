/// Providers' own wire formats: chat requests said in them, and their answers said back as chat (ADR 37). Pure: bytes
/// and trees in, bytes and trees out; `providers` sends what comes of it.
@NullMarked
package dev.faregate.formats;

import org.jspecify.annotations.NullMarked;
