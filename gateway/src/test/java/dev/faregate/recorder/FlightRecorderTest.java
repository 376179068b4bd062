package dev.faregate.recorder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Settlement;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightRecorderTest {
    private static final Terms TERMS = new Terms(1, 2, 3, 4, true, "0123456789abcdef");
    private static final TokenUsage USAGE = TokenUsage.of(10, 20);

    @TempDir
    private Path folder;

    private FlightRecorder recorder(int slots) throws IOException {
        return FlightRecorder.create(folder, "n", "b", slots, Steps.UNWATCHED).recorder();
    }

    private FlightFile.Former read() throws IOException {
        return FlightFile.read(FlightRecorder.files(folder).getFirst());
    }

    @Test
    void itsFileSaysWhatIsInFlightAndNothingElse() throws IOException {
        FlightRecorder recorder = recorder(10);
        Flight gone = recorder.flight(Ids.nextFast());
        UUID id = Ids.nextFast();
        Flight flight = recorder.flight(id);
        Flight free = recorder.flight(Ids.nextFast());
        free.delivered(5, false);
        free.billed(Settlement.Source.VOID, Usd.ZERO, Usd.ZERO, USAGE);
        free.settled();
        free.posted();
        assertThat(gone.dispatched(TERMS)).isTrue();
        assertThat(flight.dispatched(TERMS)).isTrue();
        flight.delivered(77, false);
        gone.billed(Settlement.Source.EXACT, Usd.ofNanos(5), Usd.ofNanos(6), USAGE);
        gone.posted();
        gone.posted();
        assertThat(read().slots().values()).containsExactly(new Slot.Used(id, TERMS, 77L, false, null));
        assertThat(read().torn()).isZero();
        assertThat(FlightRecorder.describe(folder)).containsExactly("1 requests in flight");
    }

    @Test
    void aFullRecorderSaysSoAndAFreedSlotIsUsedAgain() throws IOException {
        FlightRecorder recorder = recorder(2);
        Flight first = recorder.flight(Ids.nextFast());
        Flight second = recorder.flight(Ids.nextFast());
        Flight third = recorder.flight(Ids.nextFast());
        assertThat(first.dispatched(TERMS)).isTrue();
        assertThat(second.dispatched(TERMS)).isTrue();
        assertThat(third.dispatched(TERMS)).isFalse();
        assertThat(second.dispatched(TERMS)).as("a second attempt has its slot").isTrue();
        first.posted();
        assertThat(third.dispatched(TERMS)).isTrue();
        assertThat(read().slots()).hasSize(2);
    }

    @Test
    void manyThreadsNeverShareASlot() throws Exception {
        FlightRecorder recorder = recorder(64);
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        BitSet taken = new BitSet();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 50_000; i++) {
                    int slot = recorder.take();
                    mark(taken, slot, wrong);
                    recorder.giveBack(unmark(taken, slot));
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).isEmpty();
        for (int i = 0; i < 64; i++) {
            assertThat(recorder.take()).isNotEqualTo(Flight.NO_SLOT);
        }
        assertThat(recorder.take()).isEqualTo(Flight.NO_SLOT);
    }

    private static void mark(BitSet taken, int slot, ConcurrentLinkedQueue<String> wrong) {
        synchronized (taken) {
            if (slot == Flight.NO_SLOT || taken.get(slot)) {
                wrong.add("slot " + slot);
            }
            taken.set(slot);
        }
    }

    private static int unmark(BitSet taken, int slot) {
        synchronized (taken) {
            taken.clear(slot);
        }
        return slot;
    }

    @Test
    void addsNoAllocationToTheRelay() throws IOException {
        FlightRecorder recorder = recorder(64);
        UUID id = Ids.nextFast();
        Usd charge = Usd.ofNanos(5);
        Flight[] flights = new Flight[32];
        for (int i = 0; i < flights.length; i++) {
            flights[i] = recorder.flight(Ids.nextFast());
            assertThat(flights[i].dispatched(TERMS)).isTrue();
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        long nanos = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long began = System.nanoTime();
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100_000; i++) {
                flights[i & 31].delivered(i, (i & 7) == 0);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            nanos = Math.min(nanos, System.nanoTime() - began);
        }
        long whole = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long began = System.nanoTime();
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                int slot = recorder.take();
                recorder.dispatch(slot, id, TERMS);
                recorder.bill(slot, Settlement.Source.EXACT, charge, charge, USAGE);
                recorder.giveBack(slot);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            whole = Math.min(whole, System.nanoTime() - began);
        }
        System.out.printf(
                "flight recorder: %.1f ns an event, %.0f ns a request%n", nanos / 100_000.0, whole / 10_000.0);
        assertThat(least).as("bytes allocated by 100,000 events").isLessThan(1_000);
    }

    @Test
    void refusesAFileThatIsNotWhole() throws IOException {
        recorder(4);
        Path file = FlightRecorder.files(folder).getFirst();
        byte[] good = Files.readAllBytes(file);
        byte[] shorter = java.util.Arrays.copyOf(good, good.length - 1);
        Files.write(file, shorter);
        assertThatThrownBy(this::read).isInstanceOf(IOException.class);
        good[20] ^= 1;
        Files.write(file, good);
        assertThatThrownBy(this::read).isInstanceOf(IOException.class);
        assertThat(FlightRecorder.describe(folder).getFirst()).contains("cannot be read");
    }

    @Test
    void aCopyIsAnotherFile() throws IOException {
        recorder(4);
        Path file = FlightRecorder.files(folder).getFirst();
        Path copy = folder.resolve("copy");
        Files.copy(file, copy);
        assertThat(FlightFile.identity(copy)).isNotEqualTo(FlightFile.identity(file));
        assertThat(FlightFile.identity(file)).isEqualTo(FlightFile.identity(Objects.requireNonNull(file)));
    }
}
