package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.models.CatalogueReader;
import dev.faregate.models.UpstreamProvider;
import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuirksTest {
    @ParameterizedTest
    @CsvSource({
        "openai, gpt-5, true",
        "groq, gpt-5, false",
        "azure, gpt-5, true",
        "azure, my-gpt-4o, true",
        "azure, o3-mini, true",
        "azure, codex-mini, true",
        "azure, deepseek-v3.2, false",
        "azure, phi-4, false",
        "azure, grok-4-fast-reasoning, false",
    })
    void openAisModelsTakeTheNewFieldForTheLimit(String slug, String model, boolean newer) {
        UpstreamProvider provider = CatalogueReader.shipped().findProvider(slug).orElseThrow();
        assertThat(Quirks.limitField(provider, model)).isEqualTo(newer ? "max_completion_tokens" : "max_tokens");
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.openai.com/v1/chat/completions,          true",
        "https://eu.api.openai.com/v1/chat/completions,       true",
        "https://API.OpenAI.com/v1/chat/completions,          true",
        "https://api.openai.com.example/v1/chat/completions,  false",
        "https://notapi.openai.com/v1/chat/completions,       false",
        "https://x.openai.azure.com/openai/chat/completions,  false",
        "https://api.groq.com/openai/v1/chat/completions,     false",
        "http://127.0.0.1:8000/v1/chat/completions,           false",
        "http://[::1]:8000/v1/chat/completions,               false",
    })
    void developersAreOpenAisWord(URI url, boolean known) {
        assertThat(Quirks.knowsDevelopers(url)).isEqualTo(known);
    }
}
