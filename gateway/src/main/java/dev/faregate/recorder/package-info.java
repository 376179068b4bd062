/// What survives kill -9 of this process: which requests are in flight, and how far they got.
@NullMarked
package dev.faregate.recorder;

import org.jspecify.annotations.NullMarked;
