/// API keys: their text, their records, and who is calling.
@NullMarked
package dev.faregate.keys;

import org.jspecify.annotations.NullMarked;
