package dev.faregate.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PricingParserTest {
    @ParameterizedTest(name = "{0} USD per million tokens are {1} pico-dollars per token")
    @CsvSource({
        "2.50, 2500000",
        "0.075, 75000",
        "0.0375, 37500",
        "600, 600000000",
        "1e-3, 1000",
        "0.000001, 1",
        "0.0000001, 1", // finer than a pico-dollar: up
        "0.2288000001, 228801",
        "0.049999999999999996, 50000", // noise of binary floating point
        "0.30000000000000004, 300000",
        "0.09999999999999999, 100000"
    })
    void readsTokenPricesPerMillion(String text, long picos) {
        Prices prices = parse("{\"prompt\": \"" + text + "\", \"completion\": " + text + "}");
        assertThat(prices.base().get(Rate.PROMPT)).isEqualTo(picos);
        assertThat(prices.base().get(Rate.COMPLETION)).as("as a number").isEqualTo(picos);
    }

    @Test
    void readsFeesInDollars() {
        Prices prices = parse(
                "{\"prompt\": \"1\", \"completion\": \"1\", \"request\": \"0.005\", \"image\": \"0.01\", \"web_search\": \"0.004\"}");
        assertThat(prices.base().get(Rate.REQUEST)).isEqualTo(5_000_000_000L);
        assertThat(prices.base().get(Rate.IMAGE)).isEqualTo(10_000_000_000L);
        assertThat(prices.base().get(Rate.WEB_SEARCH)).isEqualTo(4_000_000_000L);
    }

    @Test
    void takesZeroForUnknown() {
        assertThat(parse("{\"prompt\": \"0\", \"completion\": \"1\"}").isKnown())
                .isFalse();
        assertThat(parse("{\"prompt\": \"1\", \"completion\": 0}").isKnown()).isFalse();
        assertThat(parse("{\"prompt\": \"1\", \"completion\": \"1\", \"input_cache_read\": \"0.0\"}")
                        .base()
                        .has(Rate.CACHE_READ))
                .isFalse();
        assertThat(parse("{\"prompt\": \"1\", \"completion\": \"1\"}").isKnown())
                .isTrue();
    }

    @Test
    void readsOverrides() {
        Prices prices = parse("""
                {"prompt": "1", "completion": "2", "overrides": [{"min_prompt_tokens": 200000, "prompt": "3", "input_cache_read": "0.5"}]}""");
        assertThat(prices.picos(Rate.PROMPT, 200_000)).isEqualTo(1_000_000);
        assertThat(prices.picos(Rate.PROMPT, 200_001)).isEqualTo(3_000_000);
        assertThat(prices.picos(Rate.CACHE_READ, 200_000)).isEqualTo(1_000_000);
        assertThat(prices.picos(Rate.CACHE_READ, 200_001)).isEqualTo(500_000);
        assertThat(prices.picos(Rate.COMPLETION, 200_001)).isEqualTo(2_000_000);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"prompt\": \"cheap\"} | pricing.prompt: not a decimal number",
                "{\"prompt\": true} | pricing.prompt: not a decimal number",
                "{\"prompt\": \"NaN\"} | pricing.prompt: not a decimal number",
                "{\"prompt\": \"1e999999999\"} | pricing.prompt: not a decimal number",
                "{\"completion\": \"-1\"} | pricing.completion: negative",
                "{\"completion\": \"1000000001\"} | pricing.completion: more than $1000 for one",
                "{\"request\": \"1001\"} | pricing.request: more than $1000 for one",
                "{\"promt\": \"1\"} | pricing.promt: not a known setting",
                "{\"overrides\": {}} | pricing.overrides: not a list",
                "{\"overrides\": [{\"prompt\": \"1\"}]} | pricing.overrides[0].min_prompt_tokens: missing",
                "{\"overrides\": [{\"min_prompt_tokens\": 1, \"utc_start\": 100}]} | pricing.overrides[0].utc_start: not a known setting"
            })
    void namesWhatIsWrong(String pricing, String message) {
        assertThatThrownBy(() -> parse(pricing))
                .isInstanceOf(CatalogueException.class)
                .hasMessage(message);
    }

    @Test
    void versionsAreStableAndDifferWithThePrices() {
        Prices one = parse("{\"prompt\": \"2.5\", \"completion\": \"10\"}");
        assertThat(one.version())
                .isEqualTo(parse("{\"completion\": \"10.0\", \"prompt\": 2.50}").version());
        assertThat(one.version().value()).isEqualTo("46a5c308ff8b9480");
        assertThat(one.version())
                .isNotEqualTo(parse("{\"prompt\": \"2.5\", \"completion\": \"10.000001\"}")
                        .version());
        assertThat(one.version()).isNotEqualTo(parse("""
                        {"prompt": "2.5", "completion": "10", "overrides": [{"min_prompt_tokens": 5, "prompt": "2.5"}]}""").version());
        assertThat(Prices.FREE.version()).isNotEqualTo(Prices.UNKNOWN.version());
    }

    private static Prices parse(String pricing) {
        return PricingParser.parse(Fields.of(TestCatalogue.json(pricing), "pricing"));
    }
}
