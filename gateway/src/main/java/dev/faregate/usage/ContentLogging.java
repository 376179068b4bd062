package dev.faregate.usage;

import dev.faregate.keys.Caller;
import java.util.UUID;

/// Whether the prompt and the answer of a request are stored. Asked for every request on its event
/// loop, so it answers from memory.
public interface ContentLogging {
    /// Nothing is stored.
    ContentLogging OFF = (_, _) -> false;

    int ALL = 1_000_000;

    boolean keeps(Caller caller, UUID generation);

    /// So many of a million requests of everybody, chosen by the generation's id.
    static ContentLogging sample(int perMillion) {
        if (perMillion <= 0) {
            return OFF;
        }
        return (_, generation) -> Math.floorMod(generation.getLeastSignificantBits(), ALL) < perMillion;
    }
}
