package dev.faregate.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.faregate.bench.ScaleModel.Costs;
import dev.faregate.bench.ScaleModel.Demand;
import dev.faregate.bench.ScaleModel.Outcome;
import dev.faregate.bench.ScaleModel.Placement;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ScaleModelTest {
    private static final Costs COSTS = new Costs(1_000, 20, 1_000);
    private static final long SEED = 7;

    private static Outcome run(double perSecond, double skew, int databases, Placement placement) {
        return new ScaleModel(COSTS, SEED).run(new Demand(perSecond, 1_000, skew, 200), databases, placement, 5);
    }

    @Test
    void sharesTheDemandAsItSays() {
        double[] rates = new Demand(1_000, 10, 1, 200).rates();
        assertThat(Arrays.stream(rates).sum()).isCloseTo(1_000, within(1e-9));
        assertThat(rates[0] / rates[4]).isCloseTo(5, within(1e-9));
        assertThat(new Demand(100, 4, 0, 200).rates()).containsOnly(25);
    }

    /// Alone in its batch a hold waits for the batch and nothing else.
    @Test
    void hardlyWaitsWhereThereIsHardlyAnybody() {
        Outcome outcome = run(1, 0, 1, Placement.HASHED);
        assertThat(outcome.holdP50()).isCloseTo(1.02, within(0.03));
        assertThat(outcome.holdP99()).isLessThan(2.1);
    }

    /// A batch of all that came during the one before: n = rate * time(n), so its time is fixed / (1 - rate * each).
    @Test
    void growsItsBatchesAsTheArithmeticSays() {
        double operationsPerMicro = 2 * 10_000 / 1e6;
        double batch = 1_000 / (1 - operationsPerMicro * 20) / 1_000;
        // Who comes at any time waits for half of the running batch and for the whole next one.
        assertThat(run(10_000, 0, 1, Placement.HASHED).holdP50()).isCloseTo(1.5 * batch, within(0.15 * batch));
    }

    @Test
    void saysWhenADatabaseCannotKeepUp() {
        Outcome outcome = run(30_000, 0, 1, Placement.HASHED);
        assertThat(outcome.busiest()).isCloseTo(1.26, within(1e-6));
        assertThat(outcome.keepsUp()).isFalse();
        assertThat(outcome.holdP50()).isNaN();
        assertThat(run(30_000, 0, 2, Placement.PLACED).keepsUp()).isTrue();
    }

    @Test
    void isTheSameForTheSameSeed() {
        assertThat(run(20_000, 0.9, 4, Placement.HASHED)).isEqualTo(run(20_000, 0.9, 4, Placement.HASHED));
    }

    @Test
    void placesNoWorseThanDiceDo() {
        for (int databases = 2; databases <= 16; databases *= 2) {
            Outcome placed = run(10_000, 0.9, databases, Placement.PLACED);
            assertThat(placed.busiest())
                    .isLessThan(run(10_000, 0.9, databases, Placement.HASHED).busiest());
            assertThat(placed.average()).isCloseTo(COSTS.load(20_000) / databases, within(1e-9));
        }
    }

    /// Nothing helps an organization that is larger than a database.
    @Test
    void cannotDivideOneOrganization() {
        Demand one = new Demand(40_000, 1, 0, 200);
        assertThat(new ScaleModel(COSTS, SEED).run(one, 16, Placement.PLACED, 1).keepsUp())
                .isFalse();
    }
}
