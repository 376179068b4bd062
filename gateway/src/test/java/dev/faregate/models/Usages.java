package dev.faregate.models;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Random usages and prices, many of them at the edges where tiers begin.
final class Usages {
    private static final long[] EDGES = {0, 1, 128_000, 199_999, 200_000, 200_001, 272_000, 272_001, 512_001};

    private Usages() {}

    static TokenCounts random(RandomGenerator random) {
        return within(random, prompt(random), random.nextLong(0, 400_000));
    }

    /// A usage with at most so many tokens of each side, in any mix.
    static TokenCounts within(RandomGenerator random, long prompt, long completion) {
        TokenCounts plain = TokenCounts.of(prompt, completion);
        return random.nextInt(4) == 0
                ? plain
                : plain.withCached(random.nextLong(0, prompt + 1))
                        .withCacheWrites(random.nextLong(0, prompt / 2 + 1), random.nextLong(0, prompt / 3 + 1))
                        .withAudio(random.nextLong(0, prompt / 4 + 1), random.nextLong(0, completion / 4 + 1))
                        .withReasoning(random.nextLong(0, completion + 1))
                        .withImages(random.nextLong(0, 5))
                        .withImagery(random.nextLong(0, prompt / 2 + 1), random.nextLong(0, 5))
                        .withWebSearches(random.nextLong(0, 5))
                        .withAudioMillis(random.nextLong(0, 100_000));
    }

    static long prompt(RandomGenerator random) {
        return random.nextBoolean() ? EDGES[random.nextInt(EDGES.length)] : random.nextLong(0, 1_100_000);
    }

    static Prices randomPrices(RandomGenerator random) {
        Map<Rate, Long> base = someRates(random);
        base.put(Rate.PROMPT, random.nextLong(1, 20_000_000));
        base.put(Rate.COMPLETION, random.nextLong(1, 80_000_000));
        List<PriceOverride> overrides = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            overrides.add(new PriceOverride(EDGES[random.nextInt(EDGES.length)], Rates.of(someRates(random))));
        }
        return Prices.of(Rates.of(base), overrides);
    }

    private static Map<Rate, Long> someRates(RandomGenerator random) {
        Map<Rate, Long> rates = new EnumMap<>(Rate.class);
        for (Rate rate : Rate.values()) {
            if (random.nextInt(3) == 0) {
                rates.put(rate, random.nextLong(1, rate.perToken() ? 90_000_000 : 50_000_000_000L));
            }
        }
        return rates;
    }
}
