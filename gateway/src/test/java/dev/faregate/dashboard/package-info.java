@NullMarked
package dev.faregate.dashboard;

import org.jspecify.annotations.NullMarked;
