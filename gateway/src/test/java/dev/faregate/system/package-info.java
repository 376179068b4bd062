@NullMarked
package dev.faregate.system;

import org.jspecify.annotations.NullMarked;
