package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageSizeTest {
    private static ImageSize of(@Nullable String size, @Nullable String resolution, @Nullable String shape) {
        return Objects.requireNonNull(ImageSize.of(size, resolution, shape));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "1024x768, -, -, 1024x768, 1024x768",
                "-, -, -, -, -",
                "auto, -, auto, -, -",
                "2K, -, -, 2048x2048, 1024x1024",
                "-, 512, -, 512x512, 1024x1024",
                "-, -, 1:1, 1024x1024, 1024x1024",
                "-, -, 16:9, 1344x768, 1536x1024",
                "2K, -, 9:16, 1536x2752, 1024x1536",
                "-, 4K, 9:19.5, 2752x6016, 1024x1536",
                "-, 512, 8:1, 1472x192, 1536x1024",
            })
    void isSaidInPixels(
            @Nullable String size,
            @Nullable String resolution,
            @Nullable String shape,
            @Nullable String elsewhere,
            @Nullable String openAi) {
        assertThat(of(size, resolution, shape).sentTo("acme/flux")).isEqualTo(elsewhere);
        assertThat(of(size, resolution, shape).sentTo("openai/gpt-image-1.5")).isEqualTo(openAi);
        assertThat(of(size, resolution, shape).sentTo("chatgpt-image-latest")).isEqualTo(openAi);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1024", "x", "1024x", "x1024", "1024x0", "10x20x30", "1e3x10", "-1x10", "100000x1", "3K"})
    void isPixelsOrATier(String size) {
        assertThat(ImageSize.of(size, null, null)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "1024x1024, 1K, 1:1, true, true",
        "1536x1024, 1K, 3:2, true, true",
        "1344x768, 1K, 16:9, true, true",
        "1024x1024, 2K, 16:9, false, false",
        "2048x2048, 1K, auto, false, true",
        "4096x4096, 4K, 1:1, true, true",
    })
    void pixelsFitWhatElseIsSaid(String size, String resolution, String shape, boolean tier, boolean fits) {
        assertThat(of(size, resolution, shape).fitsTier()).isEqualTo(tier);
        assertThat(of(size, resolution, shape).fitsShape()).isEqualTo(fits);
    }
}
