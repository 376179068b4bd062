package dev.faregate.recorder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Ids;
import dev.faregate.base.Usd;
import dev.faregate.chat.TokenUsage;
import dev.faregate.credits.Finding;
import dev.faregate.credits.Settlement;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of ledger 2.3: what is known about a hold, and how it ends.
class VerdictTest {
    private static final UUID GENERATION = Ids.nextFast();
    private static final Life LIFE = new Life("b1", "n1", "secret", "kernel-1", "(dev=1,ino=2)");
    private static final Life OWN = new Life("b1", "n1", "secret", "kernel-1", "");
    private static final Terms STOPS = new Terms(2_000, 300, 10_000, 1_000, true, "v");
    private static final Terms DRAINS = new Terms(2_000, 300, 10_000, 1_000, false, "v");
    private static final Slot.Bill BILL =
            new Slot.Bill(Settlement.Source.EXACT, Usd.ofNanos(77), Usd.ofNanos(88), TokenUsage.of(5, 6));
    private static final String SAME = "kernel-1";
    private static final String OTHER = "kernel-2";

    record Case(
            String name,
            @Nullable Life life,
            FlightFile.@Nullable Former former,
            String identity,
            String kernel,
            Finding expected) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static FlightFile.Former empty(int torn) {
        return new FlightFile.Former(OWN, Map.of(), torn);
    }

    private static FlightFile.Former with(
            Terms terms, @Nullable Long delivered, boolean paused, Slot.@Nullable Bill bill) {
        return new FlightFile.Former(
                OWN, Map.of(GENERATION, new Slot.Used(GENERATION, terms, delivered, paused, bill)), 3);
    }

    private static Case at(String name, FlightFile.@Nullable Former former, String kernel, Finding expected) {
        return new Case(name, LIFE, former, LIFE.recorder(), kernel, expected);
    }

    private static Finding doubt(String why) {
        return new Finding.Doubtful(why);
    }

    private static Finding billed(long nanos, long tokens) {
        return new Finding.Billed(
                Settlement.Source.ESTIMATED, Usd.ofNanos(nanos), Usd.ofNanos(nanos), TokenUsage.of(300, tokens));
    }

    static Stream<Case> cases() {
        Finding exact = new Finding.Billed(BILL.source(), BILL.charge(), BILL.realCost(), BILL.usage());
        Finding unknownUse = doubt("it was sent, and how much was used is not known");
        Finding uncounted = doubt("it was sent, and more may have been used than was counted");
        Finding strange = doubt("the flight recorder is not the one of its life");
        return Stream.of(
                at("no slot: never sent", empty(0), SAME, new Finding.NeverSent()),
                at(
                        "no slot, torn neighbour",
                        empty(1),
                        SAME,
                        doubt("not recorded, but a slot of the recorder is torn")),
                at("no slot, new start", empty(0), OTHER, doubt("not recorded, but the machine was started anew")),
                at("no slot, nameless start", empty(0), "", doubt("not recorded, but the machine was started anew")),
                at("no file", null, SAME, doubt("its flight recorder is gone")),
                new Case("no life", null, empty(0), LIFE.recorder(), SAME, doubt("its life is not known")),
                new Case("a copy of the file", LIFE, empty(0), "(dev=1,ino=3)", SAME, strange),
                new Case(
                        "another nonce",
                        new Life("b1", "n1", "other", "kernel-1", LIFE.recorder()),
                        empty(0),
                        LIFE.recorder(),
                        SAME,
                        strange),
                new Case(
                        "another node",
                        new Life("b1", "n2", "secret", "kernel-1", LIFE.recorder()),
                        empty(0),
                        LIFE.recorder(),
                        SAME,
                        strange),
                at("bill", with(DRAINS, 40L, false, BILL), SAME, exact),
                at("bill after a new start", with(DRAINS, 40L, false, BILL), OTHER, exact),
                at("sent, drains", with(DRAINS, 40L, false, null), SAME, unknownUse),
                // 2,000 n$ of prompt and (40 + 64) tokens of 10 n$.
                at("sent, stops", with(STOPS, 40L, false, null), SAME, billed(3_040, 104)),
                at("sent, nothing arrived", with(STOPS, 0L, false, null), SAME, billed(2_640, 64)),
                at("sent, more than was allowed", with(STOPS, 5_000L, false, null), SAME, billed(12_000, 1_000)),
                at("sent, stops, new start", with(STOPS, 40L, false, null), OTHER, uncounted),
                at("sent, stops, reader paused", with(STOPS, 40L, true, null), SAME, uncounted),
                at("sent, stops, count torn", with(STOPS, null, false, null), SAME, uncounted),
                at(
                        "sent, beyond any price",
                        with(new Terms(1, 1, Long.MAX_VALUE / 2, 0, true, "v"), 40L, false, null),
                        SAME,
                        doubt("what was counted is beyond any price")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void endsAHoldAsTheEvidenceSays(Case of) {
        assertThat(Verdict.of(GENERATION, of.life(), of.former(), of.identity(), of.kernel()))
                .isEqualTo(of.expected());
    }
}
