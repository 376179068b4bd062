package dev.faregate.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CatalogueOverlayTest {
    private static final String LOCAL = """
            [{"slug": "local", "format": "openai", "base_url": "http://127.0.0.1:9100/v1/", "api_key": "sk-x",
              "policy": {"retains_prompts": false, "trains": false, "region": "eu"}}]""";

    @Test
    void addsAProviderAndAnEndpointToAKnownModel() {
        Catalogue merged = apply(LOCAL, """
                [{"id": "openai/gpt-4o", "context_length": 100000, "endpoints": [
                   {"provider": "local", "upstream_model": "gpt-4o", "max_completion_tokens": 16384,
                    "pricing": {"prompt": "2.50", "completion": "10.00", "input_cache_read": "1.25"}}]}]""");
        UpstreamProvider local = merged.findProvider("local").orElseThrow();
        assertThat(local.name()).isEqualTo("local");
        assertThat(local.baseUrl()).isEqualTo("http://127.0.0.1:9100/v1");
        assertThat(local.region()).isEqualTo("eu");
        assertThat(local.mayRetain()).isFalse();
        Model model = TestCatalogue.model(merged, "openai/gpt-4o");
        assertThat(model.contextLength()).isEqualTo(100_000);
        assertThat(model.name()).as("what is not stated stays").isEqualTo("GPT-4o");
        assertThat(model.endpoints())
                .extracting(ModelEndpoint::tag)
                .containsExactly("local", "openai", "azure", "openrouter");
        assertThat(merged.withProviders(Set.of("local")).usable())
                .extracting(Model::id)
                .containsExactlyInAnyOrder("openai/gpt-4o", "faregate/echo");
    }

    @Test
    void replacesTheEndpointsOfTheSameProvider() {
        Catalogue merged = apply(null, """
                [{"id": "openai/gpt-4o", "endpoints": [
                   {"provider": "openai", "upstream_model": "gpt-4o", "pricing": {"prompt": "1", "completion": "2"}},
                   {"provider": "openai", "upstream_model": "gpt-4o", "tag": "openai/priority", "pricing": {"prompt": "3", "completion": "4"}}]}]""");
        Model model = TestCatalogue.model(merged, "openai/gpt-4o");
        assertThat(model.endpoints())
                .extracting(ModelEndpoint::tag)
                .containsExactly("openai", "openai/priority", "azure", "openrouter");
        assertThat(model.endpoints().getFirst().prices().picos(Rate.PROMPT, 0)).isEqualTo(1_000_000);
    }

    @Test
    void addsANewModelWithAliases() {
        Catalogue merged = apply(LOCAL, """
                [{"id": "mine/llama-tuned", "aliases": ["Tuned", "house-model"], "context_length": 32768, "tokenizer": "Llama3",
                  "endpoints": [{"provider": "local", "pricing": {"prompt": 0.5, "completion": 1}}]}]""");
        Model model = TestCatalogue.model(merged, "mine/llama-tuned");
        assertThat(model.endpoints().getFirst().upstreamModel()).isEqualTo("llama-tuned");
        assertThat(model.endpoints().getFirst().contextLength()).isEqualTo(32_768);
        assertThat(model.supportedParameters()).contains("tools", "temperature");
        for (String name : Set.of("llama-tuned", "tuned", "Tuned", "house-model", "house-model:nitro")) {
            assertThat(merged.resolve(name))
                    .as(name)
                    .isInstanceOfSatisfying(
                            Resolution.Found.class,
                            found -> assertThat(found.model().id()).isEqualTo("mine/llama-tuned"));
        }
    }

    @Test
    void aliasesOfAKnownModelAreAdded() {
        Catalogue merged = apply(null, "[{\"id\": \"anthropic/claude-sonnet-4.5\", \"aliases\": [\"best\"]}]");
        assertThat(merged.resolve("best")).isEqualTo(merged.resolve("claude-sonnet-4-5"));
        assertThat(TestCatalogue.model(merged, "anthropic/claude-sonnet-4.5").endpoints())
                .isEqualTo(TestCatalogue.model(TestCatalogue.SHIPPED, "anthropic/claude-sonnet-4.5")
                        .endpoints());
    }

    @Test
    void freeMustBeSaid() {
        String model = """
                [{"id": "mine/one", "context_length": 100, "endpoints": [{"provider": "local"%s}]%s}]""";
        assertThat(prices(model.formatted("", "")).isKnown()).isFalse();
        assertThat(prices(model.formatted(", \"pricing\": {\"prompt\": 0, \"completion\": \"0\"}", ""))
                        .isKnown())
                .isFalse();
        assertThat(prices(model.formatted("", ", \"free\": true")).isFree()).isTrue();
        assertThat(prices(model.formatted(", \"free\": true", "")).isFree()).isTrue();
    }

    @Test
    void factsOfAKnownProviderAreOverriddenEverywhere() {
        Catalogue merged = apply("""
                [{"slug": "openai", "base_url": "https://proxy.example/v1", "policy": {"retains_prompts": false}, "stops_billing_on_cancel": false}]""", null);
        UpstreamProvider openai = merged.findProvider("openai").orElseThrow();
        assertThat(openai.baseUrl()).isEqualTo("https://proxy.example/v1");
        assertThat(openai.name()).isEqualTo("OpenAI");
        assertThat(openai.format()).isEqualTo(WireFormat.OPENAI);
        assertThat(openai.mayRetain()).isFalse();
        assertThat(openai.mayTrain()).as("not restated, so as before").isFalse();
        assertThat(openai.stopsBillingOnCancel()).isFalse();
        assertThat(TestCatalogue.model(merged, "openai/gpt-4o")
                        .endpoints()
                        .getFirst()
                        .provider())
                .isSameAs(openai);
    }

    @Test
    void halfAPolicyLeavesTheOtherHalfAtTheWorse() {
        Catalogue merged = apply("""
                [{"slug": "a", "format": "openai", "base_url": "https://a.example", "policy": {"retains_prompts": false}},
                 {"slug": "b", "format": "openai", "base_url": "https://b.example", "policy": {"region": "us"}},
                 {"slug": "c", "format": "openai", "base_url": "https://c.example"}]""", null);
        assertThat(merged.findProvider("a").orElseThrow().mayRetain()).isFalse();
        assertThat(merged.findProvider("a").orElseThrow().mayTrain()).isTrue();
        assertThat(merged.findProvider("b").orElseThrow().mayRetain()).isTrue();
        assertThat(merged.findProvider("c").orElseThrow().policy()).isNull();
    }

    @Test
    void keepsTheRestrictionOfTheSnapshot() {
        Catalogue restricted = TestCatalogue.SHIPPED.withProviders(Set.of("openai"));
        assertThat(CatalogueOverlay.apply(restricted, null, null).usable()).isEqualTo(restricted.usable());
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | models: not a list",
                "[5] | models[0]: not an object",
                "[{}] | models[0].id: missing",
                "[{'id': 7}] | models[0].id: not a text",
                "[{'id': 'gpt'}] | models[0].id: not of the form author/slug in lower case",
                "[{'id': 'Open AI/x'}] | models[0].id: not of the form author/slug in lower case",
                "[{'id': 'm/a', 'endpoints': []}] | models[0].context_length: missing: without it the cost of a request has no bound",
                "[{'id': 'm/a', 'context_length': 0}] | models[0].context_length: not a whole number above 0",
                "[{'id': 'm/a', 'context_length': 1.5}] | models[0].context_length: not a whole number above 0",
                "[{'id': 'm/a', 'context_length': '8k'}] | models[0].context_length: not a whole number above 0",
                "[{'id': 'm/a', 'context_length': 8}] | models[0].endpoints: missing: a new model needs at least one",
                "[{'id': 'm/a', 'context_length': 8, 'endpoint': []}] | models[0].endpoint: not a known setting",
                "[{'id': 'm/a', 'context_length': 8, 'endpoints': [{}]}] | models[0].endpoints[0].provider: missing",
                "[{'id': 'm/a', 'context_length': 8, 'endpoints': [{'provider': 'nowhere'}]}] | models[0].endpoints[0].provider: no such provider",
                "[{'id': 'm/a', 'context_length': 8, 'endpoints': [{'provider': 'openai'}, {'provider': 'openai'}]}] | models[0].endpoints[1].tag: another endpoint of this model has the tag openai",
                "[{'id': 'm/a', 'context_length': 8, 'endpoints': [{'provider': 'openai'}, {'provider': 'azure', 'pricing': {'prompt': 'x'}}]}] | models[0].endpoints[1].pricing.prompt: not a decimal number",
                "[{'id': 'm/a', 'context_length': 8, 'free': true, 'endpoints': [{'provider': 'openai', 'pricing': {'prompt': '1'}}]}] | models[0].endpoints[0].pricing: stated for something marked free",
                "[{'id': 'm/a', 'context_length': 8, 'endpoints': [{'provider': 'openai', 'pricing': {'audio_second': '0.1'}}]}] | models[0].endpoints[0].max_audio_seconds: missing: without it a price per second of audio has no bound",
                "[{'id': 'm/a', 'context_length': 8, 'endpoints': [{'provider': 'openai', 'max_audio_seconds': 604801}]}] | models[0].endpoints[0].max_audio_seconds: more than 604800",
                "[{'id': 'm/a', 'context_length': 8, 'free': 'yes', 'endpoints': [{'provider': 'openai'}]}] | models[0].free: neither true nor false",
                "[{'id': 'm/a', 'context_length': 8, 'input_modalities': ['smell']}] | models[0].input_modalities[0]: not one of text, image, file, audio, video",
                "[{'id': 'm/a', 'context_length': 8, 'supported_parameters': 'tools'}] | models[0].supported_parameters: not a list",
                "[{'id': 'm/a', 'context_length': 8, 'knowledge_cutoff': 'May'}] | models[0].knowledge_cutoff: not a day such as 2026-01-31",
                "[{'id': 'm/a', 'context_length': 8, 'endpoints': [{'provider': 'openai', 'quantization': 'int3'}]}] | models[0].endpoints[0].quantization: not one of int4, int8, fp4, mxfp4, nvfp4, fp6, fp8, mxfp8, fp16, bf16, fp32, unknown",
                "[{'id': 'openai/gpt-4o'}, {'id': 'openai/gpt-4o'}] | models[1].id: given twice",
                "[{'id': 'openai/gpt-4o', 'aliases': ['a b']}] | models[0].aliases[0]: not a name of at most 200 visible characters",
                "[{'id': 'openai/gpt-4o', 'aliases': ['openai/gpt-4']}] | models[0]: the name openai/gpt-4 would belong to openai/gpt-4 and openai/gpt-4o",
                "[{'id': 'faregate/echo', 'context_length': 5}] | models[0].id: reserved for the built-in model"
            })
    void namesWhatIsWrongInAModel(String models, String message) {
        assertThatThrownBy(() -> apply(null, models.replace('\'', '"')))
                .isInstanceOf(CatalogueException.class)
                .hasMessage(message);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[{'name': 'x'}] | providers[0].slug: missing",
                "[{'slug': 'Big Host', 'format': 'openai', 'base_url': 'https://x'}] | providers[0].slug: not a slug of lower-case letters, digits, dots and dashes",
                "[{'slug': 'new', 'base_url': 'https://x'}] | providers[0].format: missing: this is not a built-in provider",
                "[{'slug': 'new', 'format': 'soap', 'base_url': 'https://x'}] | providers[0].format: not one of openai, anthropic, gemini, vertex, bedrock, azure, cohere",
                "[{'slug': 'new', 'format': 'openai'}] | providers[0].base_url: missing",
                "[{'slug': 'new', 'format': 'openai', 'base_url': 'ftp://u:secret@x'}] | providers[0].base_url: not an http or https URL",
                "[{'slug': 'new', 'format': 'built-in'}] | providers[0].format: reserved for the gateway itself",
                "[{'slug': 'faregate', 'base_url': 'https://x'}] | providers[0].slug: reserved for the gateway itself",
                "[{'slug': 'openai'}, {'slug': 'openai'}] | providers[1].slug: given twice",
                "[{'slug': 'openai', 'policy': 'strict'}] | providers[0].policy: not an object",
                "[{'slug': 'openai', 'policy': {'trains': 'no'}}] | providers[0].policy.trains: neither true nor false"
            })
    void namesWhatIsWrongInAProvider(String providers, String message) {
        assertThatThrownBy(() -> apply(providers.replace('\'', '"'), null))
                .isInstanceOf(CatalogueException.class)
                .hasMessage(message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }

    private static Prices prices(String models) {
        return TestCatalogue.model(apply(LOCAL, models), "mine/one")
                .endpoints()
                .getFirst()
                .prices();
    }

    private static Catalogue apply(@Nullable String providers, @Nullable String models) {
        return CatalogueOverlay.apply(
                TestCatalogue.SHIPPED,
                providers == null ? null : TestCatalogue.json(providers),
                models == null ? null : TestCatalogue.json(models));
    }
}
