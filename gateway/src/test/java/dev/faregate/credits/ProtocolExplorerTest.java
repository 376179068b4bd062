package dev.faregate.credits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.credits.ProtocolModel.Plant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every order of events of the protocol, small: two nodes, two requests (three in the long run), lost
/// answers, late copies, crashes at any step, restarts, false suspicion, the spool. The decisions are those
/// of production; see [ProtocolModel].
class ProtocolExplorerTest {
    /// One estimate fits, and a second one once the first is settled for less.
    private static final int TIGHT = 3;

    private static final int MAX_STATES = 20_000_000;

    @Test
    void noOrderOfEventsBreaksARuleWithTwoRequests() {
        Explorer explorer = new Explorer(new ProtocolModel(2, TIGHT, true, Plant.NONE), true, MAX_STATES, "");
        Explorer.Result result = run(explorer, "two requests, late copies");
        assertThat(result.trace()).isEmpty();
        assertThat(result.states()).as("it went somewhere").isGreaterThan(100_000);
        assertThat(explorer.alwaysComesToRest()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    @EnabledIfSystemProperty(named = "faregate.long", matches = "true")
    void noOrderOfEventsBreaksARuleWithThreeRequests(int cap) {
        Explorer explorer = new Explorer(new ProtocolModel(3, cap, false, Plant.NONE), true, MAX_STATES, "");
        assertThat(run(explorer, "three requests, cap " + cap).trace()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "VOID_ORPHANS, NoOverspend",
        "VOID_ORPHANS_FENCED, NoOverspend",
        "DOUBLE_SETTLE, I5/I6",
        "DISPATCH_BEFORE_HOLD, I3",
        "NO_GUARD, I1",
        "FORGET_GIVEN_UP, I7",
        "TRUST_A_REFUSAL, I7",
        "TELL_BEFORE_SETTLE, I4",
        "RAISE_ORPHAN, I5/I6"
    })
    void findsThePlantedMistake(Plant plant, String rule) {
        Explorer explorer = new Explorer(new ProtocolModel(2, TIGHT, true, plant), false, MAX_STATES, rule);
        Explorer.Result result = run(explorer, "planted " + plant);
        assertThat(result.violation()).startsWith(rule);
        assertThat(result.trace()).as("the way to it").hasSizeGreaterThan(1).noneMatch(line -> line.contains("?"));
    }

    private static Explorer.Result run(Explorer explorer, String what) {
        long start = System.nanoTime();
        Explorer.Result result = explorer.run();
        System.out.printf(
                "%s: %,d states, %,d steps, depth %d, %d ms%n",
                what, result.states(), result.steps(), result.depth(), (System.nanoTime() - start) / 1_000_000);
        result.trace().forEach(System.out::println);
        return result;
    }
}
