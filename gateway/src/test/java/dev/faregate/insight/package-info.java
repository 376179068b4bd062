@NullMarked
package dev.faregate.insight;

import org.jspecify.annotations.NullMarked;
