package dev.faregate.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.byok.Credential;
import dev.faregate.byok.TestCredentials;
import dev.faregate.byok.Usable;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ChatRequestReader;
import dev.faregate.models.Catalogue;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.EndpointRule;
import dev.faregate.models.Measurements;
import dev.faregate.models.Model;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Variant;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The ways to serve a model for a caller with provider keys (contract 3.5). Of the providers a, b and c the operator
/// has keys for a and b; a is the cheapest. A way is written `provider` for shared capacity and `provider!kind` for a
/// key.
class OwnKeyRoutesTest {
    private static final Catalogue CATALOGUE =
            CatalogueReader.read("""
            {"as_of": "2026-07-02", "source": "test", "providers": [
              {"slug": "a", "name": "A", "format": "openai", "base_url": "https://a.test/v1"},
              {"slug": "b", "name": "B", "format": "openai", "base_url": "https://b.test/v1"},
              {"slug": "c", "name": "C", "format": "openai", "base_url": "https://c.test/v1"},
              {"slug": "d", "name": "D", "format": "vertex", "base_url": "https://d.test/v1"}],
            "models": [
              {"id": "x/m", "name": "M", "created": 1767225600, "context_length": 8000, "endpoints": [
                {"provider": "a", "pricing": {"prompt": "1", "completion": "1"}},
                {"provider": "b", "pricing": {"prompt": "2", "completion": "2"}},
                {"provider": "c", "pricing": {"prompt": "3", "completion": "3"}},
                {"provider": "d", "pricing": {"prompt": "4", "completion": "4"}}]},
              {"id": "x/only-c", "name": "C", "created": 1767225600, "context_length": 8000, "endpoints": [
                {"provider": "c", "pricing": {"prompt": "3", "completion": "3"}}]}]}
            """.getBytes(StandardCharsets.UTF_8)).withProviders(Set.of("a", "b"));

    private static Credential key(String provider, String kind) {
        return TestCredentials.of(provider, kind, null);
    }

    private static List<String> ways(String model, String preferences, Usable keys) {
        return ways(model, preferences, keys, EndpointRule.NONE);
    }

    private static List<String> ways(String model, String preferences, Usable keys, EndpointRule rule) {
        String body =
                "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":10"
                        + (preferences.isEmpty()
                                ? ""
                                : ",\"provider\":{\"sort\":\"price\"," + preferences.replace('\'', '"') + "}")
                        + "}";
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        ChatRequest request = new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(bytes, 0, bytes.length);
        RoutePlanner planner = new RoutePlanner(new EndpointHealth(), Measurements.NONE, new BoundMemory(), null);
        return planner.plan(request, CATALOGUE, rule, keys, new Random(7), 0).candidates().stream()
                .map(candidate -> candidate.endpoint().provider().slug() + way(candidate.own()))
                .toList();
    }

    private static String way(@Nullable Credential own) {
        return own == null ? "" : "!" + own.id().substring(own.id().indexOf('-') + 1);
    }

    static Stream<Arguments> plans() {
        String byPrice = "'order':[]";
        return Stream.of(
                Arguments.of("no key", byPrice, List.of(), List.of("a", "b")),
                Arguments.of("a key goes first", byPrice, List.of(key("b", "plain")), List.of("b!plain", "a", "b")),
                Arguments.of(
                        "a key opens a provider of its own",
                        byPrice,
                        List.of(key("c", "plain")),
                        List.of("c!plain", "a", "b")),
                Arguments.of(
                        "order counts inside of the groups",
                        "'order':['b','a']",
                        List.of(key("c", "plain"), key("a", "plain")),
                        List.of("a!plain", "c!plain", "b", "a")),
                Arguments.of(
                        "a fallback goes last",
                        byPrice,
                        List.of(key("a", "fallback")),
                        List.of("a", "b", "a!fallback")),
                Arguments.of("always use", byPrice, List.of(key("a", "required")), List.of("a!required", "b")),
                Arguments.of(
                        "only own, of another model's key",
                        byPrice,
                        List.of(TestCredentials.of("a", "only", List.of("x/other"))),
                        List.of("b")),
                Arguments.of(
                        "several keys of one endpoint",
                        byPrice,
                        List.of(key("a", "plain"), key("a", "required")),
                        List.of("a!plain", "a!required", "b")),
                Arguments.of("filters come before keys", "'ignore':['b']", List.of(key("b", "plain")), List.of("a")),
                Arguments.of(
                        "no fallbacks: the first group alone",
                        "'allow_fallbacks':false",
                        List.of(key("b", "plain"), key("c", "plain")),
                        List.of("b!plain")),
                Arguments.of(
                        "no fallbacks: a listed provider wins over a key of another",
                        "'order':['a'],'allow_fallbacks':false",
                        List.of(key("b", "plain")),
                        List.of("a")),
                Arguments.of(
                        "a format that takes no such key", byPrice, List.of(key("d", "plain")), List.of("a", "b")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("plans")
    void plansTheWays(String name, String preferences, List<Credential> keys, List<String> expected) {
        assertThat(ways("x/m", preferences, TestCredentials.usable(keys.toArray(Credential[]::new))))
                .as(name)
                .isEqualTo(expected);
    }

    /// A guardrail counts whoever's key it is.
    @Test
    void noOwnKeyLeadsToAProviderThatTheCallerMayNotUse() {
        EndpointRule notC = new EndpointRule() {
            @Override
            public @Nullable ApiError refusal(Model model, Variant variant) {
                return null;
            }

            @Override
            public @Nullable String whatExcludes(Model model, ModelEndpoint endpoint, boolean mayRetain) {
                return endpoint.provider().slug().equals("c") ? "allowed_providers" : null;
            }

            @Override
            public ApiError whyNone(Model model, List<String> excludedBy) {
                return new ApiError.NoEndpoints("by rule", model.id(), excludedBy, Map.of());
            }
        };
        Usable keys = TestCredentials.usable(key("c", "plain"), key("b", "plain"));
        assertThat(ways("x/m", "", keys, notC)).containsExactly("b!plain", "a", "b");
        assertThatThrownBy(() -> ways("x/only-c", "", keys, notC))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.error())
                                .isEqualTo(new ApiError.NoEndpoints(
                                        "by rule", "x/only-c", List.of("allowed_providers"), Map.of())));
    }

    @Test
    void servesAModelThatTheOperatorCannot() {
        assertThat(ways("x/only-c", "", TestCredentials.usable(key("c", "plain"))))
                .containsExactly("c!plain");
        assertThat(ways("x/only-c", "", TestCredentials.usable(key("c", "fallback"))))
                .containsExactly("c!fallback");
        assertThatThrownBy(() -> ways("x/only-c", "", TestCredentials.usable(key("a", "plain"))))
                .isInstanceOf(ApiException.class);
    }

    @Test
    void saysWhenOwnKeysCloseTheLastWay() {
        Usable keys = TestCredentials.usable(
                TestCredentials.of("a", "only", List.of("x/other")),
                TestCredentials.of("b", "only", List.of("x/other")));
        assertThatThrownBy(() -> ways("x/m", "", keys))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.error())
                                .isInstanceOfSatisfying(
                                        ApiError.NoEndpoints.class,
                                        none -> assertThat(none.message()).contains("to be used alone")));
    }
}
