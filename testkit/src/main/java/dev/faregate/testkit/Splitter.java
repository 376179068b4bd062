package dev.faregate.testkit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Cuts bytes where [Framing.Split] says.
final class Splitter {
    private Splitter() {}

    /// The same steps, each write cut into several with pauses between; the last part carries the mark of
    /// the whole.
    static Stream<Step> split(Stream<Step> steps, Framing.Split split) {
        if (split.first() == 0 || split.ownHttpChunks()) {
            return steps;
        }
        return steps.flatMap(step -> step instanceof Step.Send send ? split(send, split) : Stream.of(step));
    }

    /// The parts in order; none is empty unless all is.
    static List<byte[]> parts(byte[] bytes, Framing.Split split) {
        List<byte[]> parts = new ArrayList<>();
        int from = 0;
        int to = split.first() == 0 ? bytes.length : Math.min(split.first(), bytes.length);
        while (to < bytes.length) {
            parts.add(Arrays.copyOfRange(bytes, from, to));
            from = to;
            to = split.every() == 0 ? bytes.length : Math.min(to + split.every(), bytes.length);
        }
        parts.add(Arrays.copyOfRange(bytes, from, bytes.length));
        return parts;
    }

    private static Stream<Step> split(Step.Send send, Framing.Split split) {
        List<Step> steps = new ArrayList<>();
        List<byte[]> parts = parts(send.bytes(), split);
        for (byte[] part : parts.subList(0, parts.size() - 1)) {
            steps.add(new Step.Send(part, Step.Mark.NONE));
            steps.add(new Step.Pause(split.pause()));
        }
        steps.add(new Step.Send(parts.getLast(), send.mark()));
        return steps.stream();
    }
}
