package dev.faregate.recorder;

import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Settlement;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/// Says of each paid request in flight how far it got, in a mapped file: stores of a few nanoseconds that
/// survive kill -9 of this process, though not the end of the machine (ledger 2.3). One file for each life
/// of the node, in the folder `flights`. Safe to share between threads; each slot has one user at a time.
public final class FlightRecorder {
    static final String FOLDER = "flights";
    static final String SUFFIX = ".slots";

    private final MemorySegment slots;
    private final Steps steps;

    /// The free slots, each pointing to the next; -1 ends the list.
    private final int[] nextFree;

    /// The first free slot in the lower half, and above it a count of changes, so that a slot that was
    /// taken and given back meanwhile is not mistaken for untouched.
    private final AtomicLong free;

    private FlightRecorder(MemorySegment slots, int count, Steps steps) {
        this.slots = slots;
        this.steps = steps;
        this.nextFree = new int[count];
        for (int i = 0; i < count; i++) {
            nextFree[i] = i + 1 < count ? i + 1 : Flight.NO_SLOT;
        }
        this.free = new AtomicLong(0);
    }

    /// Makes the recorder of a new life in `dataFolder` and returns its file's life; it is durable. Not
    /// used before the database knows that life.
    static Made create(Path dataFolder, String node, String boot, int count, Steps steps) throws IOException {
        Path folder = Files.createDirectories(dataFolder.resolve(FOLDER));
        Path file = folder.resolve(boot + SUFFIX);
        Life life = new Life(boot, node, UUID.randomUUID().toString(), KernelBoot.id(), "");
        FlightFile.create(file, life, count);
        FlightRecorder recorder = new FlightRecorder(FlightFile.map(file, count), count, steps);
        String identity = FlightFile.identity(file);
        return new Made(recorder, new Life(boot, node, life.nonce(), life.kernelBoot(), identity));
    }

    record Made(FlightRecorder recorder, Life life) {}

    /// What a folder of recorders holds, for people: one line for each file.
    public static List<String> describe(Path dataFolder) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Path file : files(dataFolder)) {
            try {
                FlightFile.Former former = FlightFile.read(file);
                String torn = former.torn() == 0 ? "" : ", " + former.torn() + " torn";
                lines.add(former.slots().size() + " requests in flight" + torn);
            } catch (IOException e) {
                lines.add(file.getFileName() + " cannot be read (" + e.getMessage() + ")");
            }
        }
        return lines;
    }

    static List<Path> files(Path dataFolder) throws IOException {
        Path folder = dataFolder.resolve(FOLDER);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
    }

    public Flight flight(UUID generation) {
        return new Flight(this, generation);
    }

    void reached(Step step, UUID generation) {
        steps.reached(step, generation);
    }

    /// A free slot, or [Flight#NO_SLOT].
    int take() {
        while (true) {
            long head = free.get();
            int slot = (int) head;
            if (slot == Flight.NO_SLOT) {
                return slot;
            }
            if (free.compareAndSet(head, following(head, nextFree[slot]))) {
                return slot;
            }
        }
    }

    void giveBack(int slot) {
        SlotCodec.free(slots, at(slot));
        while (true) {
            long head = free.get();
            nextFree[slot] = (int) head;
            if (free.compareAndSet(head, following(head, slot))) {
                return;
            }
        }
    }

    void dispatch(int slot, UUID generation, Terms terms) {
        SlotCodec.dispatch(
                slots, at(slot), generation.getMostSignificantBits(), generation.getLeastSignificantBits(), terms);
    }

    void delivered(int slot, UUID generation, long bytes, boolean paused) {
        SlotCodec.delivered(slots, at(slot), generation.getLeastSignificantBits(), bytes, paused);
    }

    void bill(int slot, Settlement.Source source, Usd charge, Usd realCost, TokenUsage usage) {
        SlotCodec.bill(slots, at(slot), source, charge.nanos(), realCost.nanos(), usage);
    }

    private static long following(long head, int slot) {
        return ((head >>> Integer.SIZE) + 1) << Integer.SIZE | Integer.toUnsignedLong(slot);
    }

    private static long at(int slot) {
        return (long) slot * SlotCodec.BYTES;
    }
}
