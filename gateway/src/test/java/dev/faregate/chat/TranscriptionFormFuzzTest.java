package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.faregate.base.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Plain test runs replay the checked-in seeds; `JAZZER_FUZZ=1` looks for new inputs.
class TranscriptionFormFuzzTest {
    private static final String TYPE = "multipart/form-data; boundary=XX";

    /// Any bytes are a form or refused, the parts lie in the body in order, and what is said of them is
    /// a request or refused.
    @FuzzTest(maxDuration = "60s")
    void anyBytesAreAFormOrRefused(byte[] input) {
        try {
            List<MultipartForm.Part> parts = MultipartForm.read(input, 0, input.length, TYPE);
            int at = 0;
            for (MultipartForm.Part part : parts) {
                assertThat(part.from()).isBetween(at, input.length);
                assertThat(part.to()).isBetween(part.from(), input.length);
                assertThat(new String(input, part.from(), part.to() - part.from(), StandardCharsets.ISO_8859_1))
                        .doesNotContain("\r\n--XX");
                at = part.to();
            }
            byte[] json = TranscriptionForm.toJson(input, 0, input.length, TYPE);
            RequestReader.of(RequestKind.TRANSCRIPTIONS, RequestReader.Limits.DEFAULTS)
                    .read(json, 0, json.length);
        } catch (ApiException refused) {
            // as it has to be
        }
    }
}
