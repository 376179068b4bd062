package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.models.EndpointRule;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Variant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which endpoints a request may use, and which words say why the others are out (contract 3.7 and 1.1).
class EndpointFilterTest {
    private static final EndpointRule NOT_TWO = new EndpointRule() {
        @Override
        public @Nullable ApiError refusal(Model model, Variant variant) {
            return null;
        }

        @Override
        public @Nullable String whatExcludes(Model model, ModelEndpoint endpoint, boolean mayRetain) {
            return endpoint.provider().slug().equals("two") ? "data_region" : null;
        }

        @Override
        public ApiError whyNone(Model model, List<String> excludedBy) {
            return new ApiError.NoEndpoints("by rule", model.id(), excludedBy, java.util.Map.of());
        }
    };

    private static EndpointFilter filter(String more, EndpointRule rule) {
        return new EndpointFilter(Endpoints.request(more), Endpoints.MODEL, Endpoints.CATALOGUE, rule);
    }

    @ParameterizedTest(name = "{0} leaves {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | one two four four/priority",
                "\"provider\":{\"only\":[\"two\"]} | two",
                "\"provider\":{\"only\":[\"ONE INC\",\"four\"]} | one four",
                "\"provider\":{\"only\":[\"four/priority\"]} | four/priority",
                "\"provider\":{\"ignore\":[\"four\",\"one\"]} | two four/priority",
                "\"provider\":{\"only\":[\"one\",\"two\"],\"ignore\":[\"one\"]} | two",
                "\"provider\":{\"zdr\":true} | one",
                "\"provider\":{\"data_collection\":\"deny\"} | one two",
                "\"provider\":{\"data_collection\":\"allow\",\"zdr\":false} | one two four four/priority",
                "\"provider\":{\"quantizations\":[\"fp8\"]} | one",
                "\"provider\":{\"quantizations\":[\"unknown\"]} | two four four/priority",
                "\"provider\":{\"max_price\":{\"prompt\":1}} | one two",
                "\"provider\":{\"max_price\":{\"completion\":\"0.5\"}} | one",
                "\"provider\":{\"max_price\":{\"image\":0.001}} | one two four/priority",
                "\"provider\":{\"require_parameters\":true},\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}] | two",
                "\"provider\":{\"require_parameters\":true},\"temperature\":1 | one two four four/priority",
                "\"max_tokens\":2000 | two four four/priority",
                "\"max_tokens\":5000 | four four/priority"
            })
    void leaves(String more, String tags) {
        assertThat(Endpoints.tags(filter(more, EndpointRule.NONE).usable())).isEqualTo(tags);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"max_tokens\":9000 | context_length",
                "\"provider\":{\"only\":[\"nobody\"]} | allowed_providers",
                "\"provider\":{\"only\":[\"four\"],\"zdr\":true} | allowed_providers data_policy:zdr",
                "\"provider\":{\"only\":[\"one\"]},\"max_tokens\":1001 | allowed_providers max_completion_tokens",
                "\"provider\":{\"data_collection\":\"deny\",\"max_price\":{\"prompt\":0.1}} | data_policy:training max_price",
                "\"provider\":{\"quantizations\":[\"int4\"]} | quantization",
                "\"provider\":{\"require_parameters\":true},\"seed\":1 | require_parameters",
                "\"web_search_options\":{} | unpriced"
            })
    void saysWhatExcluded(String more, String words) {
        EndpointFilter filter = filter(more, EndpointRule.NONE);
        assertThat(filter.usable()).isEmpty();
        assertThat(filter.whyNone())
                .isInstanceOfSatisfying(
                        ApiError.NoEndpoints.class,
                        none -> assertThat(String.join(" ", none.excludedBy())).isEqualTo(words));
    }

    @Test
    void aRuleOfTheCallerComesBesideWhatTheRequestWants() {
        assertThat(Endpoints.tags(filter("", NOT_TWO).usable())).isEqualTo("one four four/priority");
        EndpointFilter none = filter("\"provider\":{\"only\":[\"two\"]}", NOT_TWO);
        assertThat(none.usable()).isEmpty();
        assertThat(none.whyNone()).isInstanceOfSatisfying(ApiError.NoEndpoints.class, error -> {
            assertThat(error.message()).isEqualTo("by rule");
            assertThat(error.excludedBy()).containsExactly("allowed_providers", "data_region");
        });
    }
}
