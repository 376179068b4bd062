@NullMarked
package dev.faregate.handbook;

import org.jspecify.annotations.NullMarked;
