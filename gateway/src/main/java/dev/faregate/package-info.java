/// The composition root: every long-lived object is made once here, in order, with `new`.
@NullMarked
package dev.faregate;

import org.jspecify.annotations.NullMarked;
