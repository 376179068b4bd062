package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.chat.RequestKind;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiPathsTest {
    @ParameterizedTest
    @CsvSource({
        "https://a.test/v1/chat/completions, /v1/chat/completions, /v1/embeddings",
        "https://a.test/chat/completions, /chat/completions, /embeddings",
        "https://a.test/d/x/chat/completions?api-version=1, /d/x/chat/completions?api-version=1, /d/x/embeddings?api-version=1",
        "https://a.test/d/x/embeddings?api-version=1, /d/x/embeddings?api-version=1, /d/x/embeddings?api-version=1",
        "https://a.test, /, /",
    })
    void embeddingsAreBesideChatCompletions(URI url, String chat, String embeddings) {
        assertThat(OpenAiProvider.paths(url, false))
                .containsEntry(RequestKind.CHAT, chat)
                .containsEntry(RequestKind.EMBEDDINGS, embeddings);
    }

    @Test
    void imagesHaveAnotherPathAtRouters() {
        URI url = URI.create("https://a.test/v1/chat/completions");
        assertThat(OpenAiProvider.paths(url, false)).containsEntry(RequestKind.IMAGES, "/v1/images/generations");
        assertThat(OpenAiProvider.paths(url, true)).containsEntry(RequestKind.IMAGES, "/v1/images");
    }
}
