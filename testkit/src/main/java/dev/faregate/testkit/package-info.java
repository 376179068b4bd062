/// What tests, `./faregate simulate` and the benchmarks share. Start reading at [ScriptedUpstream] (a
/// provider on a real socket), [Script] (what it does), [GroundTruth] (what it saw and delivered) and
/// [RawClient] (a client that says what the bytes were); beside them [ManualClock] and [Seeds]. Knows
/// wire formats, never the gateway.
@NullMarked
package dev.faregate.testkit;

import org.jspecify.annotations.NullMarked;
