/// How others tell us that keys of ours are in public.
@NullMarked
package dev.faregate.leaks;

import org.jspecify.annotations.NullMarked;
