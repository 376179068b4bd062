package dev.faregate.models;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads a `pricing` object: token prices in USD per million tokens, fees in USD (rulings, section 2). A
/// price of 0 is taken for unknown. Prices finer than a pico-dollar are rounded up.
final class PricingParser {
    /// Dearer than this is a slip of the pen: a thousand dollars for a token or a fee.
    private static final BigDecimal MOST_USD = new BigDecimal(1_000);

    /// What binary floating point can carry exactly; rounding to it removes the noise in
    /// 0.30000000000000004.
    private static final MathContext SANE_DIGITS = new MathContext(15, RoundingMode.HALF_EVEN);

    private static final int PICO_SCALE = 12;
    private static final int MILLION_SCALE = 6;
    private static final int MAX_TEXT = 40;
    private static final int MAX_SCALE = 100;
    private static final String OVERRIDES = "overrides";
    private static final String MIN_PROMPT_TOKENS = "min_prompt_tokens";
    private static final Set<String> PRICING_KEYS = keys(OVERRIDES);
    private static final Set<String> OVERRIDE_KEYS = keys(MIN_PROMPT_TOKENS);

    private PricingParser() {}

    static Prices parse(Fields pricing) {
        pricing.onlyKeys(PRICING_KEYS);
        List<PriceOverride> overrides = new ArrayList<>();
        for (Fields override : pricing.objects(OVERRIDES)) {
            override.onlyKeys(OVERRIDE_KEYS);
            Long threshold = override.findPositive(MIN_PROMPT_TOKENS);
            if (threshold == null) {
                throw override.wrong(MIN_PROMPT_TOKENS, "missing");
            }
            overrides.add(new PriceOverride(threshold, Rates.of(rates(override))));
        }
        return Prices.of(Rates.of(rates(pricing)), overrides);
    }

    private static Map<Rate, Long> rates(Fields pricing) {
        Map<Rate, Long> stated = new EnumMap<>(Rate.class);
        for (Rate rate : Rate.values()) {
            String text = pricing.findNumberText(rate.key());
            if (text == null) {
                continue;
            }
            long picos = picos(pricing, rate, text);
            if (picos > 0) {
                stated.put(rate, picos);
            }
        }
        return stated;
    }

    private static long picos(Fields pricing, Rate rate, String text) {
        BigDecimal usd = decimal(pricing, rate, text).round(SANE_DIGITS);
        if (usd.signum() < 0) {
            throw pricing.wrong(rate.key(), "negative");
        }
        BigDecimal each = rate.perToken() ? usd.movePointLeft(MILLION_SCALE) : usd;
        if (each.compareTo(MOST_USD) > 0) {
            throw pricing.wrong(rate.key(), "more than $1000 for one");
        }
        return each.setScale(PICO_SCALE, RoundingMode.CEILING).unscaledValue().longValueExact();
    }

    private static BigDecimal decimal(Fields pricing, Rate rate, String text) {
        try {
            BigDecimal value = text.length() > MAX_TEXT ? null : new BigDecimal(text);
            if (value != null && Math.abs((long) value.scale()) <= MAX_SCALE) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below, with the path
        }
        throw pricing.wrong(rate.key(), "not a decimal number");
    }

    private static Set<String> keys(String extra) {
        Set<String> keys = new HashSet<>();
        keys.add(extra);
        for (Rate rate : Rate.values()) {
            keys.add(rate.key());
        }
        return Set.copyOf(keys);
    }
}
