package dev.faregate.credits;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Visits every state that the protocol can reach, breadth first, so that the way to a broken rule is a
/// shortest one. States are kept packed in arrays beside a hash table of their numbers: about 40 bytes each.
final class Explorer {
    /// `trace` is empty when no rule is broken; otherwise one line for each step, the broken rule last.
    record Result(int states, long steps, int depth, List<String> trace) {
        String violation() {
            return trace.isEmpty() ? "" : trace.getLast();
        }
    }

    private static final int FIRST_ROOM = 1 << 16;

    private final ProtocolModel model;

    /// Requests of one node are alike, and so are the two nodes: exploring one order of them is enough.
    private final boolean symmetry;

    private final int maxStates;

    /// Only rules that begin like this are looked at.
    private final String only;

    private long[] lows = new long[FIRST_ROOM];
    private long[] highs = new long[FIRST_ROOM];
    private int[] parents = new int[FIRST_ROOM];
    private int[] table = new int[4 * FIRST_ROOM];
    private int count;
    private long steps;
    private long low;
    private long high;
    private boolean progressed;

    @Nullable
    private String broken;

    private final ProtocolState now;
    private final ProtocolState twin;

    Explorer(ProtocolModel model, boolean symmetry, int maxStates, String only) {
        this.model = model;
        this.symmetry = symmetry;
        this.maxStates = maxStates;
        this.only = only;
        now = new ProtocolState(model.requests);
        twin = new ProtocolState(model.requests);
        Arrays.fill(table, -1);
    }

    /// Stops at the first broken rule. Throws when there are more states than were asked for.
    Result run() {
        add(new ProtocolState(model.requests), -1);
        int levelEnd = 1;
        int depth = 0;
        for (int at = 0; at < count; at++) {
            if (at == levelEnd) {
                levelEnd = count;
                depth++;
            }
            now.load(lows[at], highs[at]);
            String broken = visit(at);
            if (broken != null) {
                return new Result(count, steps, depth, trace(at, broken));
            }
        }
        return new Result(count, steps, depth, List.of());
    }

    /// Adds what can come after a state, and says which rule it breaks, or null.
    private @Nullable String visit(int at) {
        broken = null;
        progressed = false;
        note(model.broken(now));
        if (broken == null) {
            model.steps(now, new ProtocolModel.Steps() {
                @Override
                public void step(ProtocolModel.Kind kind, String name, int request, ProtocolState after) {
                    steps++;
                    progressed |= kind == ProtocolModel.Kind.PROGRESS;
                    add(after, at);
                }

                @Override
                public void broken(String rule) {
                    note(rule);
                }
            });
            if (!progressed) {
                note(model.stuck(now));
            }
        }
        return broken;
    }

    /// After a run without a broken rule: whether steps that happen by themselves always come to an end, so
    /// that a state in which none is left is reached from everywhere. Takes the states away in the order in
    /// which nothing leads to them any more; those on a circle remain.
    boolean alwaysComesToRest() {
        int[] leadingTo = new int[count];
        for (int at = 0; at < count; at++) {
            progress(at, to -> leadingTo[to]++);
        }
        int[] queue = new int[count];
        int end = 0;
        for (int at = 0; at < count; at++) {
            if (leadingTo[at] == 0) {
                queue[end++] = at;
            }
        }
        int[] room = {end};
        for (int taken = 0; taken < room[0]; taken++) {
            progress(queue[taken], to -> {
                if (--leadingTo[to] == 0) {
                    queue[room[0]++] = to;
                }
            });
        }
        return room[0] == count;
    }

    private void progress(int at, IntConsumer successor) {
        now.load(lows[at], highs[at]);
        model.steps(now, new ProtocolModel.Steps() {
            @Override
            public void step(ProtocolModel.Kind kind, String name, int request, ProtocolState after) {
                if (kind == ProtocolModel.Kind.PROGRESS) {
                    successor.accept(table[slotOf(after)]);
                }
            }

            @Override
            public void broken(String rule) {
                throw new IllegalStateException(rule);
            }
        });
    }

    private void note(@Nullable String rule) {
        if (broken == null && rule != null && rule.startsWith(only)) {
            broken = rule;
        }
    }

    private void add(ProtocolState state, int parent) {
        int slot = slotOf(state);
        if (table[slot] >= 0) {
            return;
        }
        if (count == maxStates) {
            throw new IllegalStateException("more than " + maxStates + " states");
        }
        if (count == lows.length) {
            grow();
            slot = slot(low, high);
        }
        lows[count] = low;
        highs[count] = high;
        parents[count] = parent;
        table[slot] = count++;
    }

    /// Where the state stands in the table, or would. Leaves its packed form in `low` and `high`.
    private int slotOf(ProtocolState state) {
        low = state.low();
        high = state.high();
        if (symmetry) {
            swapped(state);
            long otherLow = twin.low();
            long otherHigh = twin.high();
            if (otherHigh < high || (otherHigh == high && otherLow < low)) {
                low = otherLow;
                high = otherHigh;
            }
        }
        return slot(low, high);
    }

    private int slot(long low, long high) {
        long hash = (low ^ high * 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
        int mask = table.length - 1;
        int slot = (int) (hash >>> 32 ^ hash >>> 17) & mask;
        while (table[slot] >= 0 && (lows[table[slot]] != low || highs[table[slot]] != high)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private void grow() {
        int room = 2 * count;
        lows = Arrays.copyOf(lows, room);
        highs = Arrays.copyOf(highs, room);
        parents = Arrays.copyOf(parents, room);
        table = new int[2 * room];
        Arrays.fill(table, -1);
        for (int i = 0; i < count; i++) {
            table[slot(lows[i], highs[i])] = i;
        }
    }

    /// The same moment with two alike requests exchanged: with two requests the nodes change places too.
    private void swapped(ProtocolState state) {
        twin.load(state.low(), state.high());
        int other = model.requests == 2 ? 1 : 2;
        twin.take(0, state, other);
        twin.take(other, state, 0);
        if (model.requests == 2) {
            twin.up[0] = state.up[1];
            twin.up[1] = state.up[0];
        }
    }

    private List<String> trace(int last, String broken) {
        List<Integer> path = new ArrayList<>();
        for (int at = last; at >= 0; at = parents[at]) {
            path.addFirst(at);
        }
        List<String> lines = new ArrayList<>();
        for (int i = 0; i + 1 < path.size(); i++) {
            lines.add((i + 1) + ". " + nameOf(path.get(i), path.get(i + 1)));
        }
        lines.add(broken);
        return lines;
    }

    private String nameOf(int from, int to) {
        ProtocolState start = new ProtocolState(model.requests);
        start.load(lows[from], highs[from]);
        @Nullable String[] found = new String[1];
        model.steps(start, new ProtocolModel.Steps() {
            @Override
            public void step(ProtocolModel.Kind kind, String name, int request, ProtocolState after) {
                if (found[0] == null && after.low() == lows[to] && after.high() == highs[to]) {
                    found[0] = name + (name.contains("(n") ? "" : " r" + request) + "   [" + after + "]";
                }
            }

            @Override
            public void broken(String rule) {
                // The trace ends with it already.
            }
        });
        return Objects.requireNonNullElse(found[0], "the same with requests exchanged");
    }
}
