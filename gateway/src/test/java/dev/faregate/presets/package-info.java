@NullMarked
package dev.faregate.presets;

import org.jspecify.annotations.NullMarked;
