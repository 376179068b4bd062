package dev.faregate.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ShippedCatalogueTest {
    private static final Catalogue SHIPPED = TestCatalogue.SHIPPED;

    static Stream<Model> models() {
        return SHIPPED.models().stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void entryIsSane(Model model) {
        assertThat(model.id()).matches(ModelParser.ID);
        assertThat(model.name()).isNotBlank().isEqualTo(model.name().strip());
        assertThat(model.created()).isBetween(1_640_000_000L, 1_800_000_000L);
        assertThat(model.inputModalities()).contains("text");
        assertThat(model.outputModalities()).hasSize(1);
        assertThat(model.endpoints()).isNotEmpty();
        assertThat(model.usable()).as("every shipped endpoint has a price").hasSameSizeAs(model.endpoints());
        assertThat(model.supportedParameters()).isSubsetOf(Vocabulary.PARAMETERS);
        Set<String> tags = new TreeSet<>();
        for (ModelEndpoint endpoint : model.endpoints()) {
            assertThat(tags.add(endpoint.tag())).as(endpoint.tag()).isTrue();
            assertThat(endpoint.contextLength()).isPositive();
            Long most = endpoint.maxCompletionTokens();
            assertThat(most == null || most <= endpoint.contextLength())
                    .as("%s completes at most what fits", endpoint.tag())
                    .isTrue();
            assertThat(SHIPPED.findProvider(endpoint.provider().slug())).contains(endpoint.provider());
            assertSanePrices(model, endpoint.prices());
        }
    }

    private static void assertSanePrices(Model model, Prices prices) {
        assertThat(prices.isKnown()).isTrue();
        assertThat(prices.isFree())
                .isEqualTo(model.id().endsWith(":free") || model.id().equals(Catalogue.ECHO));
        if (prices.isFree()) {
            return;
        }
        long prompt = prices.picos(Rate.PROMPT, 0);
        assertThat(prompt).isBetween(1_000L, 1_000_000_000L);
        assertThat(prices.picos(Rate.COMPLETION, 0)).isBetween(0L, 1_000_000_000L);
        assertThat(prices.picos(Rate.CACHE_READ, 0))
                .as("a cached token is not dearer")
                .isLessThanOrEqualTo(prompt);
        assertThat(prices.picos(Rate.CACHE_WRITE, 0))
                .as("a written token is not cheaper")
                .isGreaterThanOrEqualTo(prompt);
        for (PriceOverride override : prices.overrides()) {
            assertThat(prices.picos(Rate.PROMPT, override.minPromptTokens() + 1))
                    .isGreaterThan(prompt);
        }
    }

    @Test
    void coversTheCurrentFamiliesAtManyProviders() {
        assertThat(SHIPPED.models()).hasSizeGreaterThan(300);
        assertThat(SHIPPED.asOf()).isEqualTo("2026-07-02");
        assertThat(SHIPPED.source()).contains("models.dev");
        Set<String> serving = models().flatMap(m -> m.endpoints().stream())
                .map(e -> e.provider().slug())
                .collect(Collectors.toSet());
        assertThat(serving).hasSizeGreaterThanOrEqualTo(25);
        for (String id : List.of(
                "openai/gpt-4o",
                "openai/gpt-4o-mini",
                "openai/gpt-4",
                "openai/gpt-5.5",
                "openai/gpt-oss-120b",
                "openai/text-embedding-3-small",
                "anthropic/claude-haiku-4.5",
                "anthropic/claude-opus-4.8",
                "anthropic/claude-sonnet-5",
                "google/gemini-2.5-pro",
                "google/gemini-3.5-flash",
                "meta-llama/llama-3.3-70b-instruct",
                "mistralai/mistral-large-2512",
                "deepseek/deepseek-v4-pro",
                "x-ai/grok-4.3",
                "qwen/qwen3.7-max",
                "moonshotai/kimi-k2.6",
                "z-ai/glm-5.2",
                "cohere/command-a",
                "amazon/nova-pro-v1",
                "faregate/echo")) {
            assertThat(SHIPPED.findModel(id)).as(id).isPresent();
        }
    }

    @Test
    void mergesOneModelOfSeveralProviders() {
        Model model = TestCatalogue.model(SHIPPED, "meta-llama/llama-3.3-70b-instruct");
        assertThat(model.endpoints())
                .extracting(e -> e.provider().slug())
                .contains("groq", "together", "deepinfra", "amazon-bedrock", "openrouter")
                .doesNotHaveDuplicates();
    }

    @Test
    void knowsListPricesAndTiers() {
        Prices gpt4o = endpoint("openai/gpt-4o", "openai").prices();
        assertThat(gpt4o.picos(Rate.PROMPT, 0)).isEqualTo(2_500_000);
        assertThat(gpt4o.picos(Rate.COMPLETION, 0)).isEqualTo(10_000_000);
        assertThat(gpt4o.picos(Rate.CACHE_READ, 0)).isEqualTo(1_250_000);
        Prices gemini = endpoint("google/gemini-2.5-pro", "google-ai-studio").prices();
        assertThat(gemini.picos(Rate.PROMPT, 200_001)).isEqualTo(2_500_000);
        assertThat(gemini.picos(Rate.COMPLETION, 200_001)).isEqualTo(15_000_000);
        Prices claude = endpoint("anthropic/claude-sonnet-4.5", "anthropic").prices();
        assertThat(claude.picos(Rate.CACHE_WRITE, 0)).isEqualTo(3_750_000);
        assertThat(claude.picos(Rate.CACHE_WRITE_1H, 0)).isEqualTo(6_000_000);
    }

    @Test
    void everyProviderCanBeAddressed() {
        for (UpstreamProvider provider : SHIPPED.providers()) {
            boolean nowhereYet = Set.of(WireFormat.AZURE, WireFormat.VERTEX, WireFormat.BUILT_IN)
                    .contains(provider.format());
            assertThat(provider.baseUrl() == null).as(provider.slug()).isEqualTo(nowhereYet);
            assertThat(provider.baseUrl() == null || provider.baseUrl().startsWith("https://"))
                    .isTrue();
            assertThat(provider.env().isEmpty()).isEqualTo(provider.format() == WireFormat.BUILT_IN);
        }
    }

    @Test
    void echoIsFreeAndAlone() {
        Catalogue nothing = SHIPPED.withProviders(Set.of());
        assertThat(nothing.usable()).extracting(Model::id).containsExactly("faregate/echo");
        assertThat(nothing.usable().getFirst().usable().getFirst().prices().isFree())
                .isTrue();
    }

    private static ModelEndpoint endpoint(String id, String provider) {
        return TestCatalogue.model(SHIPPED, id).endpoints().stream()
                .filter(e -> e.provider().slug().equals(provider))
                .findFirst()
                .orElseThrow();
    }
}
