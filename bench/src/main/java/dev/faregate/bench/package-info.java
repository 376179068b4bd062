/// Load benchmarks: the gateway and nginx side by side, reported as ratios.
@NullMarked
package dev.faregate.bench;

import org.jspecify.annotations.NullMarked;
