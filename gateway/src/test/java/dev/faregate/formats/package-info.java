@NullMarked
package dev.faregate.formats;

import org.jspecify.annotations.NullMarked;
