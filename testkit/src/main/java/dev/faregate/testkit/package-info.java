/// What tests and benchmarks share: the scripted upstream, the manual clock, seeded randomness.
@NullMarked
package dev.faregate.testkit;

import org.jspecify.annotations.NullMarked;
