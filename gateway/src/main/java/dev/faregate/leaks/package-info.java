/// How others tell us that keys of ours are in public, and ask whether what they found is one.
@NullMarked
package dev.faregate.leaks;

import org.jspecify.annotations.NullMarked;
