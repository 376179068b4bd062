@NullMarked
package dev.faregate.recorder;

import org.jspecify.annotations.NullMarked;
