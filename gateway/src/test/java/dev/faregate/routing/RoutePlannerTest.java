package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.byok.Usable;
import dev.faregate.chat.ChatRequest;
import dev.faregate.models.EndpointRule;
import dev.faregate.models.Measurements;
import dev.faregate.models.Measurements.EndpointFigures;
import dev.faregate.models.Measurements.Percentiles;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Variant;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// From a request to a plan: which names count, and whose refusal is told.
class RoutePlannerTest {
    private static final ApiError.Forbidden NO = new ApiError.Forbidden("no", "model_not_allowed", Map.of());

    /// Refuses the model when it is asked for without `:floor`.
    private static final EndpointRule ONLY_FLOOR = new EndpointRule() {
        @Override
        public @Nullable ApiError refusal(Model model, Variant variant) {
            return variant == Variant.FLOOR ? null : NO;
        }

        @Override
        public @Nullable String whatExcludes(Model model, ModelEndpoint endpoint, boolean mayRetain) {
            return null;
        }

        @Override
        public ApiError whyNone(Model model, List<String> excludedBy) {
            throw new AssertionError();
        }
    };

    private static Plan plan(ChatRequest request, EndpointRule rule, @Nullable String defaultModel) {
        return new RoutePlanner(new EndpointHealth(), Measurements.NONE, new BoundMemory(), defaultModel)
                .plan(request, Endpoints.CATALOGUE, rule, Usable.NONE, new Random(1), 0);
    }

    private static Plan plan(String more, EndpointRule rule) {
        return plan(Endpoints.request(more), rule, null);
    }

    private static ChatRequest unnamed() {
        byte[] body = "{\"prompt\":\"hi\"}".getBytes(StandardCharsets.UTF_8);
        return new dev.faregate.chat.ChatRequestReader(dev.faregate.chat.ChatRequestReader.Limits.DEFAULTS)
                .read(body, 0, body.length);
    }

    @Test
    void aModelThatMayNotBeUsedMakesWayForAFallback() {
        assertThatThrownBy(() -> plan("", ONLY_FLOOR))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.error()).isSameAs(NO));
        Plan plan = plan("\"models\":[\"acme/one:floor\"]", ONLY_FLOOR);
        assertThat(plan.firstVariant()).isEqualTo(Variant.FLOOR);
        assertThat(plan.candidates())
                .extracting(c -> c.endpoint().tag())
                .containsExactly("one", "two", "four", "four/priority");
    }

    /// By price endpoints are one, two, four and four/priority; of the last one nothing is known.
    private static final Measurements SPEEDS = new Measurements() {
        @Override
        public EndpointFigures of(Model model, ModelEndpoint endpoint) {
            return switch (endpoint.tag()) {
                case "one" -> figures(new Percentiles(2_000, 3_000, 4_000, 9_000), new Percentiles(80, 60, 40, 9));
                case "two" -> figures(new Percentiles(500, 800, 900, 20_000), new Percentiles(50, 45, 42, 41));
                case "four" -> figures(new Percentiles(400, 500, 600, 700), null);
                default -> EndpointFigures.NONE;
            };
        }

        private static EndpointFigures figures(Percentiles latency, @Nullable Percentiles throughput) {
            return new EndpointFigures(EndpointFigures.HEALTHY, null, null, null, latency, throughput);
        }

        @Override
        public long tokensLastWeek(Model model) {
            return 0;
        }
    };

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'sort':'price' | one two four four/priority",
                "'sort':'price','preferred_max_latency':1 | two four four/priority one",
                "'sort':'price','preferred_max_latency':{'p50':1} | two four four/priority one",
                "'sort':'price','preferred_max_latency':{'p90':1,'p99':10} | four four/priority one two",
                "'sort':'price','preferred_max_latency':{'p50':null} | one two four four/priority",
                "'sort':'price','preferred_max_latency':null | one two four four/priority",
                "'sort':'price','preferred_max_latency':0 | four/priority one two four",
                "'sort':'price','preferred_min_throughput':60 | one four four/priority two",
                "'sort':'price','preferred_min_throughput':{'p50':50,'p99':41} | two four four/priority one",
                "'sort':'price','preferred_min_throughput':{'p75':46} | one four four/priority two",
                "'sort':'price','preferred_min_throughput':1000 | four four/priority one two",
                "'sort':'price','preferred_min_throughput':60,'preferred_max_latency':1 | four four/priority one two",
                "'sort':'price','preferred_max_latency':1,'allow_fallbacks':false | two",
                "'order':['one'],'preferred_max_latency':1 | one two four four/priority"
            })
    void endpointsThatMissAPreferredSpeedGoBehind(String preferences, String tags) {
        Plan plan = new RoutePlanner(new EndpointHealth(), SPEEDS, new BoundMemory(), null)
                .plan(
                        Endpoints.request("\"provider\":{" + preferences.replace('\'', '"') + "}"),
                        Endpoints.CATALOGUE,
                        EndpointRule.NONE,
                        Usable.NONE,
                        new Random(1),
                        0);
        assertThat(plan.candidates())
                .extracting(candidate -> candidate.endpoint().tag())
                .containsExactly(tags.split(" "));
    }

    @Test
    void theDefaultModelIsBoundByTheSameRules() {
        assertThat(plan(unnamed(), EndpointRule.NONE, "acme/one").candidates()).hasSize(4);
        assertThatThrownBy(() -> plan(unnamed(), ONLY_FLOOR, "acme/one"))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.error()).isSameAs(NO));
        assertThatThrownBy(() -> plan(unnamed(), EndpointRule.NONE, null))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.error()).isInstanceOf(ApiError.BadRequest.class));
    }

    @Test
    void aModelThatDoesNotExistIsRefusedWhateverTheRules() {
        assertThatThrownBy(() -> plan("\"models\":[\"no/such\"]", EndpointRule.NONE))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.error()).isInstanceOf(ApiError.UnknownModel.class));
    }

    @Test
    void withoutFallbacksThereIsOneCandidate() {
        assertThat(plan("\"provider\":{\"allow_fallbacks\":false}", EndpointRule.NONE)
                        .candidates())
                .hasSize(1);
        assertThat(plan("\"provider\":{\"sort\":\"price\"}", EndpointRule.NONE)
                        .first()
                        .endpoint()
                        .tag())
                .isEqualTo("one");
    }
}
