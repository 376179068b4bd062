@NullMarked
package dev.faregate.inference;

import org.jspecify.annotations.NullMarked;
