package dev.faregate.models;

import static dev.faregate.models.TestCatalogue.rates;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Usd;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/// A hold is only as good as its ceiling: nothing that a bound allows may cost more.
class ChargeCeilingTest {
    private static final long SEED = 4_711L;
    private static final int ROUNDS = 20_000;

    /// Something that claims to bound what a request costs.
    private interface Ceiling {
        Usd of(Prices prices, UsageBound bound);
    }

    @Test
    void isNeverBelowTheCostOfAnythingWithinTheBound() {
        assertThat(counterexamples(Charge::ceiling)).as("seed %d", SEED).isEmpty();
    }

    @Test
    void checkerFindsACeilingThatForgetsTheTiers() {
        assertThat(counterexamples((prices, bound) -> Charge.ceiling(Prices.of(prices.base(), List.of()), bound)))
                .isNotEmpty();
    }

    @Test
    void checkerFindsACeilingThatForgetsCacheWrites() {
        assertThat(counterexamples((prices, bound) -> {
                    Prices without = Prices.of(
                            rates(
                                    Rate.PROMPT,
                                    prices.base().get(Rate.PROMPT),
                                    Rate.COMPLETION,
                                    prices.highest(Rate.Side.COMPLETION, bound.promptTokens()),
                                    Rate.REQUEST,
                                    prices.highest(Rate.REQUEST, bound.promptTokens()),
                                    Rate.IMAGE,
                                    prices.highest(Rate.IMAGE, bound.promptTokens()),
                                    Rate.WEB_SEARCH,
                                    prices.highest(Rate.WEB_SEARCH, bound.promptTokens())),
                            List.of());
                    return Charge.ceiling(without, bound);
                }))
                .isNotEmpty();
    }

    @Test
    void coversEveryCataloguePrice() {
        RandomGenerator random = random();
        for (Model model : TestCatalogue.SHIPPED.usable()) {
            for (ModelEndpoint endpoint : model.usable()) {
                for (int i = 0; i < 50; i++) {
                    UsageBound bound = bound(random, true);
                    TokenCounts used = within(random, bound);
                    assertThat(Charge.ceiling(endpoint.prices(), bound))
                            .as("%s at %s: %s within %s", model.id(), endpoint.tag(), used, bound)
                            .isGreaterThanOrEqualTo(Charge.cost(endpoint.prices(), used));
                }
            }
        }
    }

    @Test
    void isTightForPlainText() {
        Prices plain = Prices.of(rates(Rate.PROMPT, 1_000, Rate.COMPLETION, 2_000), List.of());
        assertThat(Charge.ceiling(plain, 1_000, 500, 3)).isEqualTo(Usd.ofNanos(1_000 + 3 * 500 * 2));
    }

    @Test
    void holdsAtTheHighestTierWithinReachOnly() {
        Prices tiered = Prices.of(
                rates(Rate.PROMPT, 1_000, Rate.COMPLETION, 2_000),
                List.of(new PriceOverride(200, rates(Rate.PROMPT, 5_000, Rate.COMPLETION, 6_000))));
        assertThat(Charge.ceiling(tiered, 200, 10, 1)).isEqualTo(Usd.ofNanos(200 + 20));
        assertThat(Charge.ceiling(tiered, 201, 10, 1)).isEqualTo(Usd.ofNanos(201 * 5 + 60));
    }

    @Test
    void doesNotHoldForKindsThatAreRuledOut() {
        Prices dear = Prices.of(
                rates(Rate.PROMPT, 1_000, Rate.COMPLETION, 2_000, Rate.AUDIO, 32_000, Rate.CACHE_WRITE_1H, 2_000),
                List.of());
        assertThat(Charge.ceiling(dear, 100, 0, 1)).isEqualTo(Usd.ofNanos(3_200));
        UsageBound bound = UsageBound.of(100, 0, 1);
        assertThat(Charge.ceiling(dear, bound.withoutAudio())).isEqualTo(Usd.ofNanos(200));
        assertThat(Charge.ceiling(dear, bound.withoutAudio().withoutLongCache()))
                .isEqualTo(Usd.ofNanos(100));
    }

    private static List<String> counterexamples(Ceiling ceiling) {
        RandomGenerator random = random();
        List<String> found = new ArrayList<>();
        for (int i = 0; i < ROUNDS && found.size() < 3; i++) {
            Prices prices = Usages.randomPrices(random);
            UsageBound bound = bound(random, random.nextBoolean());
            TokenCounts used = within(random, bound);
            if (ceiling.of(prices, bound).compareTo(Charge.cost(prices, used)) < 0) {
                found.add(prices + " " + bound + " " + used);
            }
        }
        return found;
    }

    private static UsageBound bound(RandomGenerator random, boolean anyKind) {
        UsageBound bound = UsageBound.of(Usages.prompt(random), random.nextLong(0, 100_000), random.nextInt(1, 5))
                .withImages(random.nextLong(0, 5))
                .withImagesMade(random.nextLong(0, 5))
                .withWebSearches(random.nextLong(0, 5))
                .withRequests(random.nextLong(1, 5))
                .withAudioMillis(random.nextLong(0, 100_000));
        return anyKind ? bound : bound.withoutAudio().withoutLongCache();
    }

    private static TokenCounts within(RandomGenerator random, UsageBound bound) {
        long prompt = random.nextBoolean() ? bound.promptTokens() : random.nextLong(0, bound.promptTokens() + 1);
        long most = bound.completionTokens() * bound.choices();
        long completion = random.nextBoolean() ? most : random.nextLong(0, most + 1);
        TokenCounts mixed = Usages.within(random, prompt, completion);
        return new TokenCounts(
                prompt,
                mixed.cached(),
                mixed.cacheWrite(),
                bound.longCache() ? mixed.cacheWrite1h() : 0,
                bound.audio() ? mixed.audio() : 0,
                bound.images() > 0 ? mixed.imageTokens() : 0,
                completion,
                mixed.reasoning(),
                bound.audio() ? mixed.audioOutput() : 0,
                Math.min(mixed.images(), bound.images()),
                Math.min(mixed.imagesMade(), bound.imagesMade()),
                Math.min(mixed.webSearches(), bound.webSearches()),
                random.nextLong(1, bound.requests() + 1),
                random.nextLong(0, bound.audioMillis() + 1));
    }

    private static RandomGenerator random() {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    }
}
