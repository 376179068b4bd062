package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AzurePlaceTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://r.openai.azure.com",
                "https://r.openai.azure.com/",
                "https://r.openai.azure.com/openai",
                "https://r.openai.azure.com/openai/v1",
                "https://r.openai.azure.com/openai/v1/",
            })
    void takesAnAddressAsPeopleCopyIt(URI endpoint) {
        assertThat(AzurePlace.chatUrl(endpoint, null))
                .hasToString("https://r.openai.azure.com/openai/v1/chat/completions");
        assertThat(AzurePlace.chatUrl(endpoint, "2024-10-21"))
                .hasToString("https://r.openai.azure.com/openai/deployments/%7Bmodel%7D/chat/completions"
                        + "?api-version=2024-10-21");
    }

    @Test
    void keepsThePathOfAGatewayInFrontOfIt() {
        assertThat(AzurePlace.chatUrl(URI.create("https://apim.example/team"), null))
                .hasToString("https://apim.example/team/openai/v1/chat/completions");
    }

    @ParameterizedTest
    @CsvSource({"2024-10-21, true", "2025-04-01-preview, true", "latest, false", "2024-10-21&x=1, false", "'', false"})
    void knowsAVersion(String text, boolean version) {
        assertThat(AzurePlace.isVersion(text)).isEqualTo(version);
        if (!version) {
            assertThatThrownBy(() -> AzurePlace.chatUrl(URI.create("https://r.example"), text))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
