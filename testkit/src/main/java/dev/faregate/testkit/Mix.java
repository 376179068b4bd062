package dev.faregate.testkit;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A random choice of scripts with weights. What a request gets depends on the seed and on its marker
/// (without one: on its number), never on timing, so a run with markers is replayed exactly. Immutable.
public final class Mix {
    private final Seeds seeds;
    private final List<Weighted> scripts;
    private final int total;

    private record Weighted(int weight, Script script) {}

    private Mix(Seeds seeds, List<Weighted> scripts) {
        this.seeds = seeds;
        this.scripts = List.copyOf(scripts);
        this.total = scripts.stream().mapToInt(Weighted::weight).sum();
    }

    public static Mix of(Seeds seeds) {
        return new Mix(seeds.child("mix"), List.of());
    }

    /// The same with one more script, which is drawn in `weight` of the sum of all weights.
    public Mix add(int weight, Script script) {
        if (weight < 1) {
            throw new IllegalArgumentException("a weight is at least 1");
        }
        List<Weighted> more = new ArrayList<>(scripts);
        more.add(new Weighted(weight, script));
        return new Mix(seeds, more);
    }

    boolean isEmpty() {
        return scripts.isEmpty();
    }

    Script pick(@Nullable String marker, long sequence) {
        String name = marker == null ? "#" + sequence : marker;
        long drawn = Math.floorMod(seeds.draw(name), (long) total);
        for (Weighted candidate : scripts) {
            drawn -= candidate.weight();
            if (drawn < 0) {
                return candidate.script();
            }
        }
        throw new IllegalStateException("an empty mix");
    }
}
