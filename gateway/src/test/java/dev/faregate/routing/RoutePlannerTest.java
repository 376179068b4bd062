package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.byok.Usable;
import dev.faregate.chat.ChatRequest;
import dev.faregate.models.EndpointRule;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Variant;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

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
        return new RoutePlanner(new EndpointHealth(), new BoundMemory(), defaultModel)
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
