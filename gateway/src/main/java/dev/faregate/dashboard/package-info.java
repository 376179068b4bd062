/// The pages that show what the other packages know; they have no rules of their own.
@NullMarked
package dev.faregate.dashboard;

import org.jspecify.annotations.NullMarked;
