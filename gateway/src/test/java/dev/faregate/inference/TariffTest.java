package dev.faregate.inference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import dev.faregate.credits.Claim;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What a request takes from each limit (contract 3.1, 3.5). 1 is a balance, 2 counts own keys, 3 does not.
class TariffTest {
    private static final Usd PRICE = Usd.parse("19");
    private static final Tariff SHARED = new Tariff(false, 0, Set.of(), 1);
    private static final Tariff OWN = new Tariff(true, 0, Set.of(2L), 1);
    private static final Tariff FIVE_PERCENT = new Tariff(true, 50_000, Set.of(2L), 1);

    @Test
    void sharedCapacityTakesTheListPriceEverywhere() {
        for (long limit = 1; limit <= 3; limit++) {
            assertThat(SHARED.on(limit, PRICE)).isEqualTo(PRICE);
        }
        assertThat(SHARED.houseCost(PRICE)).isEqualTo(PRICE);
    }

    @Test
    void anOwnKeyTakesTheFeeAndWhereItCountsTheListPriceToo() {
        assertThat(OWN.charge(PRICE)).isEqualTo(Usd.ZERO);
        assertThat(OWN.on(2, PRICE)).isEqualTo(PRICE);
        assertThat(OWN.on(3, PRICE)).isEqualTo(Usd.ZERO);
        // The example of the contract: 0.95 beside 19.
        assertThat(FIVE_PERCENT.charge(PRICE)).isEqualTo(Usd.parse("0.95"));
        assertThat(FIVE_PERCENT.on(2, PRICE)).isEqualTo(Usd.parse("19.95"));
        assertThat(FIVE_PERCENT.on(3, PRICE)).isEqualTo(Usd.parse("0.95"));
        assertThat(FIVE_PERCENT.houseCost(PRICE)).isEqualTo(Usd.ZERO);
    }

    @Test
    void theFeeRoundsUpToANanoDollar() {
        assertThat(FIVE_PERCENT.charge(Usd.ofNanos(1))).isEqualTo(Usd.ofNanos(1));
        assertThat(FIVE_PERCENT.charge(Usd.ofNanos(20))).isEqualTo(Usd.ofNanos(1));
        assertThat(FIVE_PERCENT.charge(Usd.ofNanos(21))).isEqualTo(Usd.ofNanos(2));
        assertThat(FIVE_PERCENT.charge(Usd.ZERO)).isEqualTo(Usd.ZERO);
    }

    /// Whatever is left on a limit: what is found affordable fits, with at most a nano-dollar of rounding.
    @Test
    void whatIsAffordableFits() {
        Random random = new Random(14);
        for (int i = 0; i < 20_000; i++) {
            Tariff tariff = new Tariff(true, random.nextInt(1_000_001), Set.of(2L), 1);
            long limit = 1 + random.nextInt(3);
            Usd available = Usd.ofNanos(random.nextLong(5_000_000_000L));
            Usd price = tariff.affordable(limit, available);
            if (price.nanos() < 1_000_000_000_000_000L) {
                assertThat(tariff.on(limit, price).nanos()).isLessThanOrEqualTo(available.nanos() + 1);
            }
        }
        assertThat(OWN.affordable(3, Usd.ZERO)).isEqualTo(Usd.ofNanos(Long.MAX_VALUE));
    }

    @Test
    void claimsNeverChargeMoreThanTheyHold() {
        List<Claim> held =
                List.of(new Claim(1, Usd.parse("0.5")), new Claim(2, Usd.parse("25")), new Claim(3, Usd.ZERO));
        assertThat(Claims.charges(held, FIVE_PERCENT, PRICE))
                .containsExactly(Usd.parse("0.5"), Usd.parse("19.95"), Usd.ZERO);
        assertThat(Claims.beyond(held, FIVE_PERCENT, PRICE)).isEqualTo(Usd.parse("0.95"));
        assertThat(Claims.beyond(held, OWN, PRICE)).isEqualTo(Usd.ZERO);
    }
}
