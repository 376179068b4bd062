package dev.faregate.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelQueryTest {
    private static final Instant NOW = Instant.parse("2026-01-03T00:00:00Z");
    private static final ModelsJson.ListContext PLAIN = ModelsJson.ListContext.plain("/models", NOW);

    /// Usable in the small catalogue: acme/swift (2/8 and 1/4, context 8,000, created 2026-01-02),
    /// other/swift (0.5/1, 9,000), acme/swift:free, faregate/echo, and acme/vectors, which makes
    /// embeddings; acme/solo has no price.
    @ParameterizedTest(name = "?{0} finds {1}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "'' | acme/swift acme/swift:free faregate/echo other/swift",
                "output_modalities=text | acme/swift acme/swift:free faregate/echo other/swift",
                "output_modalities=embeddings | acme/vectors",
                "output_modalities=image,embeddings | acme/vectors",
                "output_modalities=all | acme/swift acme/swift:free acme/vectors faregate/echo other/swift",
                "output_modalities=audio | -",
                "input_modalities=text | acme/swift acme/swift:free faregate/echo other/swift",
                "input_modalities=text,image | -",
                "supported_parameters=tools,temperature | acme/swift acme/swift:free faregate/echo other/swift",
                "supported_parameters=tools,logit_bias | -",
                "category=programming | -",
                "q=SWIFT | acme/swift acme/swift:free other/swift",
                "q=echo | faregate/echo",
                "q=20260102 | acme/swift",
                "context=9000 | other/swift",
                "min_price=0.75 | acme/swift",
                "max_price=0.5 | acme/swift:free faregate/echo other/swift",
                "max_price=0 | acme/swift:free faregate/echo",
                "min_output_price=4 | acme/swift",
                "max_output_price=3.99 | acme/swift:free faregate/echo other/swift",
                "model_authors=acme | acme/swift acme/swift:free",
                "model_authors=other,FAREGATE | faregate/echo other/swift",
                "providers=Acme | acme/swift",
                "providers=bulk host,faregate | acme/swift acme/swift:free faregate/echo other/swift",
                "arch=other | acme/swift acme/swift:free faregate/echo other/swift",
                "arch=GPT | -",
                "zdr=true | acme/swift",
                "region=eu | -",
                "max_age_days=1 | acme/swift",
                "min_age_days=2 | acme/swift:free faregate/echo other/swift",
                "unheard_of=1 | acme/swift acme/swift:free faregate/echo other/swift",
                "min_coding_index=0 | -",
                "max_intelligence_index=100 | -",
                "max_tool_success_rate=1 | -",
                "distillable=true | -",
                "distillable=false | acme/swift acme/swift:free faregate/echo other/swift",
                "limit= | acme/swift acme/swift:free faregate/echo other/swift"
            })
    void selects(String query, String ids) {
        assertThat(select(query)).containsExactlyInAnyOrder(ids == null ? new String[0] : ids.split(" "));
    }

    @ParameterizedTest(name = "?{0} is refused: {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "limit=0 | limit | must be a whole number from 1 to 1000",
                "limit=1001 | limit | must be a whole number from 1 to 1000",
                "limit=many | limit | must be a whole number from 1 to 1000",
                "offset=-1 | offset | must be a whole number from 0 to 2147483647",
                "offset=99999999999 | offset | must be a whole number from 0 to 2147483647",
                "context=0 | context | must be a whole number from 1 to 2147483647",
                "max_price=free | max_price | must be a number of 0 or more",
                "min_price=-1 | min_price | must be a number of 0 or more",
                "max_output_price=NaN | max_output_price | must be a number of 0 or more",
                "category=cooking | category | must be one of programming",
                "sort=random | sort | must be one of pricing-low-to-high",
                "supported_parameters=tools,magic | supported_parameters | must be a comma-separated list of temperature",
                "output_modalities=smell | output_modalities | must be a comma-separated list of text",
                "input_modalities=all | input_modalities | must be a comma-separated list of text, image, file, audio, video",
                "region=mars | region | must be one of eu, us",
                "zdr=false | zdr | must be one of true",
                "min_age_days=-3 | min_age_days | must be a whole number from 0 to",
                "min_coding_index=-1 | min_coding_index | must be a number of 0 or more",
                "min_tool_success_rate=1.5 | min_tool_success_rate | must be a fraction from 0 to 1",
                "distillable=maybe | distillable | must be one of true, false"
            })
    void refuses(String query, String parameter, String problem) {
        assertThatThrownBy(() -> select(query)).isInstanceOfSatisfying(ApiException.class, e -> {
            assertThat(e.error()).isInstanceOfSatisfying(ApiError.BadRequest.class, bad -> {
                assertThat(bad.param()).isEqualTo(parameter);
                assertThat(bad.message()).startsWith("Query parameter `" + parameter + "` " + problem);
            });
        });
    }

    @Test
    void refusesARepeatedSingleValueAndJoinsARepeatedList() {
        assertThatThrownBy(() -> ModelQuery.parse(Map.of("q", List.of("a", "b")), NOW))
                .isInstanceOf(ApiException.class);
        assertThat(ModelQuery.parse(Map.of("model_authors", List.of("other", "faregate")), NOW)
                        .select(TestCatalogue.small(), PLAIN))
                .extracting(Model::id)
                .containsExactlyInAnyOrder("other/swift", "faregate/echo");
    }

    @ParameterizedTest(name = "?sort={0} begins with {1}")
    @CsvSource({
        "newest, acme/swift",
        "pricing-low-to-high, acme/swift:free",
        "pricing-high-to-low, acme/swift",
        "context-high-to-low, other/swift",
        "throughput-high-to-low, other/swift",
        "latency-low-to-high, acme/swift:free",
        "most-popular, faregate/echo",
        "top-weekly, faregate/echo",
        "intelligence-high-to-low, acme/swift",
        "coding-high-to-low, acme/swift",
        "agentic-high-to-low, acme/swift",
        "design-arena-elo-high-to-low, acme/swift"
    })
    void sorts(String sort, String first) {
        Measurements measured = new Measurements() {
            @Override
            public EndpointFigures of(Model model, ModelEndpoint endpoint) {
                return switch (model.id()) {
                    case "other/swift" -> figures(3.0, 90.0);
                    case "acme/swift:free" -> figures(0.5, 40.0);
                    default -> EndpointFigures.NONE;
                };
            }

            @Override
            public long tokensLastWeek(Model model) {
                return model.id().equals("faregate/echo") ? 10 : 1;
            }
        };
        assertThat(ModelQuery.parse(Map.of("sort", List.of(sort)), NOW)
                        .select(
                                TestCatalogue.small(),
                                new ModelsJson.ListContext("/models", measured, EndpointRule.NONE, NOW)))
                .extracting(Model::id)
                .hasSize(4)
                .startsWith(first);
    }

    @Test
    void cutsPages() {
        List<Integer> all = List.of(0, 1, 2, 3, 4);
        assertThat(page("", all)).isEqualTo(all);
        assertThat(page("limit=2", all)).containsExactly(0, 1);
        assertThat(page("limit=2&offset=4", all)).containsExactly(4);
        assertThat(page("offset=3", all)).containsExactly(3, 4);
        assertThat(page("offset=50", all)).isEmpty();
        assertThat(page("limit=1000&offset=2147483647", all)).isEmpty();
    }

    @Test
    void keepsTheShippedCatalogueFastToFilter() {
        List<Model> tools = ModelQuery.parse(query("supported_parameters=tools&max_price=1&category=programming"), NOW)
                .select(TestCatalogue.SHIPPED, PLAIN);
        assertThat(tools).isNotEmpty().allSatisfy(m -> {
            assertThat(m.supportedParameters()).contains("tools");
            assertThat(m.usable().getFirst().prices().picos(Rate.PROMPT, 0)).isLessThanOrEqualTo(1_000_000);
        });
    }

    private static Measurements.EndpointFigures figures(double latency, double throughput) {
        return new Measurements.EndpointFigures(
                0,
                100.0,
                99.5,
                null,
                new Measurements.Percentiles(latency, latency, latency, latency),
                new Measurements.Percentiles(throughput, throughput, throughput, throughput));
    }

    private static List<Integer> page(String query, List<Integer> all) {
        return ModelQuery.parse(query(query), NOW).page(all);
    }

    private static List<String> select(String query) {
        return ModelQuery.parse(query(query), NOW).select(TestCatalogue.small(), PLAIN).stream()
                .map(Model::id)
                .toList();
    }

    private static Map<String, List<String>> query(String text) {
        Map<String, List<String>> query = new HashMap<>();
        for (String pair : text.split("&")) {
            if (!pair.isEmpty()) {
                String[] parts = pair.split("=", 2);
                query.put(parts[0], List.of(parts[1]));
            }
        }
        return query;
    }
}
