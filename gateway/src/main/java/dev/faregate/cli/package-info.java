/// The commands of `./faregate`.
@NullMarked
package dev.faregate.cli;

import org.jspecify.annotations.NullMarked;
