package dev.faregate.models;

import static dev.faregate.models.TestCatalogue.rates;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Usd;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class ChargeTest {
    private static final long SEED = 20_260_702L;

    /// In the long run as many as reliability's check 14 asks for; that takes some twenty minutes.
    private static final int USAGES_PER_PRICE = Boolean.getBoolean("faregate.long") ? 1_000_000 : 400;

    private static final Prices PLAIN =
            Prices.of(rates(Rate.PROMPT, 2_500_000, Rate.COMPLETION, 10_000_000), List.of());

    @Test
    void chargesPromptAndCompletionAtTheirPrices() {
        assertThat(Charge.cost(PLAIN, TokenCounts.of(1_000_000, 100_000))).isEqualTo(Usd.parse("3.5"));
        assertThat(Charge.cost(PLAIN, TokenCounts.ZERO)).isEqualTo(Usd.ZERO);
    }

    @Test
    void agreesWithBigDecimalOnEveryCataloguePriceAndRandomUsages() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
        long compared = 0;
        List<String> differences = new ArrayList<>();
        for (Model model : TestCatalogue.SHIPPED.usable()) {
            for (ModelEndpoint endpoint : model.usable()) {
                for (int i = 0; i < USAGES_PER_PRICE; i++) {
                    TokenCounts used = Usages.random(random);
                    BigDecimal charged = Charge.cost(endpoint.prices(), used).dollars();
                    if (charged.compareTo(exact(endpoint.prices(), used)) != 0) {
                        differences.add(model.id() + " at " + endpoint.tag() + " for " + used);
                    }
                    compared++;
                }
            }
        }
        assertThat(differences).as("seed %d", SEED).isEmpty();
        assertThat(compared).isGreaterThan(700L * USAGES_PER_PRICE);
    }

    @Test
    void roundsUpOnceAndNotPerPart() {
        Prices tiny = Prices.of(rates(Rate.PROMPT, 400, Rate.COMPLETION, 400), List.of());
        assertThat(Charge.cost(tiny, TokenCounts.of(1, 1))).isEqualTo(Usd.ofNanos(1)); // 800 pico, not 2 nano
        assertThat(Charge.cost(tiny, TokenCounts.of(2, 1))).isEqualTo(Usd.ofNanos(2)); // 1,200 pico
        assertThat(Charge.cost(tiny, TokenCounts.of(5, 0))).isEqualTo(Usd.ofNanos(2)); // 2,000 pico exactly
    }

    @Test
    void tellsWhatTheCacheSavedOrCost() {
        Prices prices = Prices.of(
                rates(Rate.PROMPT, 2_000, Rate.CACHE_READ, 200, Rate.CACHE_WRITE, 2_500, Rate.COMPLETION, 9),
                List.of());
        TokenCounts read = TokenCounts.of(100, 1).withCached(40);
        assertThat(Charge.cacheDiscount(prices, read)).isEqualTo(Usd.ofNanos(72));
        assertThat(Charge.cost(prices, TokenCounts.of(100, 1)).minus(Charge.cost(prices, read)))
                .isEqualTo(Usd.ofNanos(72));
        assertThat(Charge.cacheDiscount(prices, TokenCounts.of(100, 1).withCacheWrites(40, 0)))
                .isEqualTo(Usd.ofNanos(-20));
        assertThat(Charge.cacheDiscount(prices, TokenCounts.of(100, 1))).isEqualTo(Usd.ZERO);
    }

    @Test
    void pricesTheKindsOfTokensApart() {
        Prices prices = Prices.of(
                rates(
                        Rate.PROMPT, 1_000,
                        Rate.COMPLETION, 10_000,
                        Rate.CACHE_READ, 100,
                        Rate.CACHE_WRITE, 1_250,
                        Rate.CACHE_WRITE_1H, 2_000,
                        Rate.AUDIO, 7_000,
                        Rate.REASONING, 20_000,
                        Rate.AUDIO_OUTPUT, 50_000,
                        Rate.REQUEST, 5_000_000,
                        Rate.IMAGE, 300_000,
                        Rate.WEB_SEARCH, 9_000_000),
                List.of());
        TokenCounts used = TokenCounts.of(1_000, 100)
                .withCached(500)
                .withCacheWrites(200, 100)
                .withAudio(50, 10)
                .withReasoning(40)
                .withImages(3)
                .withWebSearches(2);
        long prompt = 150 * 1_000 + 500 * 100 + 200 * 1_250 + 100 * 2_000 + 50 * 7_000 + 3 * 300_000 + 5_000_000;
        long completion = 50 * 10_000 + 40 * 20_000 + 10 * 50_000;
        long tools = 2 * 9_000_000;
        assertThat(Charge.cost(prices, used)).isEqualTo(Usd.ofNanos((prompt + completion + tools) / 1_000));
        Charge.Split split = Charge.split(prices, used);
        assertThat(split.prompt()).isEqualTo(Usd.ofNanos(prompt / 1_000));
        assertThat(split.completion()).isEqualTo(Usd.ofNanos(completion / 1_000));
        assertThat(split.serverTools()).isEqualTo(Usd.ofNanos(tools / 1_000));
    }

    @Test
    void fallsBackToThePlainPriceOfTheSameSide() {
        TokenCounts used = TokenCounts.of(1_000, 100)
                .withCached(500)
                .withCacheWrites(200, 100)
                .withAudio(50, 10)
                .withReasoning(40);
        assertThat(Charge.cost(PLAIN, used)).isEqualTo(Charge.cost(PLAIN, TokenCounts.of(1_000, 100)));
        Prices written =
                Prices.of(rates(Rate.PROMPT, 1_000, Rate.COMPLETION, 1_000, Rate.CACHE_WRITE, 1_250), List.of());
        assertThat(Charge.cost(written, TokenCounts.of(1_000, 0).withCacheWrites(0, 1_000)))
                .as("an hour-long write without a price of its own costs what a short one does")
                .isEqualTo(Usd.ofNanos(1_250));
    }

    @Test
    void appliesAnOverrideStrictlyAboveItsThreshold() {
        Prices tiered = Prices.of(
                rates(Rate.PROMPT, 1_000, Rate.COMPLETION, 5_000, Rate.CACHE_READ, 100),
                List.of(
                        new PriceOverride(200_000, rates(Rate.PROMPT, 2_000, Rate.COMPLETION, 9_000)),
                        new PriceOverride(500_000, rates(Rate.PROMPT, 4_000))));
        assertThat(Charge.cost(tiered, TokenCounts.of(200_000, 1_000))).isEqualTo(Usd.ofNanos(200_000 + 5_000));
        assertThat(Charge.cost(tiered, TokenCounts.of(200_001, 1_000))).isEqualTo(Usd.ofNanos(400_002 + 9_000));
        assertThat(Charge.cost(tiered, TokenCounts.of(500_001, 1_000)))
                .as("what the later override leaves out is inherited from the earlier one")
                .isEqualTo(Usd.ofNanos(2_000_004 + 9_000));
        assertThat(Charge.cost(tiered, TokenCounts.of(300_000, 0).withCached(300_000)))
                .as("the cached price is inherited from the base")
                .isEqualTo(Usd.ofNanos(30_000));
    }

    @Test
    void laterOverridesWinWhateverTheirThreshold() {
        Prices both = Prices.of(
                rates(Rate.PROMPT, 1_000, Rate.COMPLETION, 1_000),
                List.of(
                        new PriceOverride(100, rates(Rate.PROMPT, 7_000)),
                        new PriceOverride(50, rates(Rate.PROMPT, 3_000))));
        assertThat(both.picos(Rate.PROMPT, 101)).isEqualTo(3_000);
    }

    @Test
    void splitAlwaysAddsUpToTheCost() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED + 1);
        for (int i = 0; i < 20_000; i++) {
            Prices prices = Usages.randomPrices(random);
            TokenCounts used = Usages.random(random);
            Charge.Split split = Charge.split(prices, used);
            assertThat(split.prompt().plus(split.completion()).plus(split.serverTools()))
                    .isEqualTo(split.total());
            assertThat(split.total()).isEqualTo(Charge.cost(prices, used));
            assertThat(split.prompt().isNegative()).isFalse();
        }
    }

    @Test
    void refusesToWrapAround() {
        Prices dear = Prices.of(rates(Rate.PROMPT, 1_000_000_000_000L, Rate.COMPLETION, 1), List.of());
        assertThatThrownBy(() -> Charge.cost(dear, TokenCounts.of(10_000_000, 0)))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Charge.cost(PLAIN, TokenCounts.of(0, Long.MAX_VALUE)))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Charge.ceiling(PLAIN, Long.MAX_VALUE / 2, 1, 1))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Charge.ceiling(PLAIN, 1, Long.MAX_VALUE / 2, 4))
                .isInstanceOf(ArithmeticException.class);
    }

    @Test
    void chargesNothingForFreeAndNobodyForUnknown() {
        TokenCounts used = TokenCounts.of(1_000_000, 1_000_000).withWebSearches(5);
        assertThat(Charge.cost(Prices.FREE, used)).isEqualTo(Usd.ZERO);
        assertThat(Charge.ceiling(Prices.FREE, 1_000_000, 1_000_000, 8)).isEqualTo(Usd.ZERO);
        assertThat(Charge.split(Prices.FREE, used).total()).isEqualTo(Usd.ZERO);
        assertThatThrownBy(() -> Charge.cost(Prices.UNKNOWN, used)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> Charge.ceiling(Prices.UNKNOWN, 1, 1, 1)).isInstanceOf(IllegalStateException.class);
        Prices half = Prices.of(rates(Rate.PROMPT, 1), List.of());
        assertThatThrownBy(() -> Charge.cost(half, used)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void bendsImpossibleCounts() {
        TokenCounts odd = TokenCounts.of(100, 10)
                .withCached(1_000)
                .withCacheWrites(60, 60)
                .withAudio(-5, 99)
                .withReasoning(99);
        assertThat(odd.cacheWrite1h()).isEqualTo(60);
        assertThat(odd.cacheWrite()).isEqualTo(40);
        assertThat(odd.cached()).isZero();
        assertThat(odd.audio()).isZero();
        assertThat(odd.plainPrompt()).isZero();
        assertThat(odd.audioOutput()).isEqualTo(10);
        assertThat(odd.reasoning()).isZero();
        assertThat(TokenCounts.of(-1, -1)).isEqualTo(TokenCounts.ZERO);
    }

    /// The same sum written down another way: exact decimals of dollars, one rounding at the end.
    private static BigDecimal exact(Prices prices, TokenCounts used) {
        if (prices.isFree()) {
            return BigDecimal.ZERO;
        }
        Object[][] parts = {
            {Rate.PROMPT, used.plainPrompt()},
            {Rate.CACHE_READ, used.cached()},
            {Rate.CACHE_WRITE, used.cacheWrite()},
            {Rate.CACHE_WRITE_1H, used.cacheWrite1h()},
            {Rate.AUDIO, used.audio()},
            {Rate.IMAGE_TOKEN, used.imageTokens()},
            {Rate.COMPLETION, used.plainCompletion()},
            {Rate.REASONING, used.reasoning()},
            {Rate.AUDIO_OUTPUT, used.audioOutput()},
            {Rate.REQUEST, 1L},
            {Rate.IMAGE, used.images()},
            {Rate.IMAGE_OUTPUT, used.imagesMade()},
            {Rate.WEB_SEARCH, used.webSearches()}
        };
        BigDecimal second =
                new BigDecimal(BigInteger.valueOf(expectedPicos(prices, Rate.AUDIO_SECOND, used.prompt())), 12);
        BigDecimal sum = second.multiply(BigDecimal.valueOf(used.audioMillis(), 3));
        for (Object[] part : parts) {
            BigDecimal each =
                    new BigDecimal(BigInteger.valueOf(expectedPicos(prices, (Rate) part[0], used.prompt())), 12);
            sum = sum.add(each.multiply(BigDecimal.valueOf((Long) part[1])));
        }
        return sum.setScale(9, RoundingMode.CEILING);
    }

    private static long expectedPicos(Prices prices, Rate rate, long prompt) {
        Long found = prices.base().has(rate) ? (Long) prices.base().get(rate) : null;
        for (PriceOverride override : prices.overrides()) {
            if (prompt > override.minPromptTokens() && override.rates().has(rate)) {
                found = override.rates().get(rate);
            }
        }
        if (found != null) {
            return found;
        }
        return switch (rate) {
            case CACHE_READ, CACHE_WRITE, AUDIO, IMAGE_TOKEN -> expectedPicos(prices, Rate.PROMPT, prompt);
            case CACHE_WRITE_1H -> expectedPicos(prices, Rate.CACHE_WRITE, prompt);
            case REASONING, AUDIO_OUTPUT -> expectedPicos(prices, Rate.COMPLETION, prompt);
            case PROMPT, COMPLETION, REQUEST, IMAGE, IMAGE_OUTPUT, WEB_SEARCH, AUDIO_SECOND -> 0;
        };
    }
}
