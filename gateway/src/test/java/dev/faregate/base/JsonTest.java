package dev.faregate.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

/// What is no JSON, or not ours to read, is told and never a bug.
class JsonTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{} {}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":1E99999999999999999999}",
                "{\"a\":-1E-99999999999999999999}"
            })
    void refusesBodiesWithA400(String body) {
        assertThatThrownBy(() -> Json.read(bytes(body)))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error())
                                .isInstanceOfSatisfying(
                                        ApiError.BadRequest.class,
                                        bad -> assertThat(bad.message()).startsWith("The request body is")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{\"a\":1E99999999999999999999}"})
    void refusesAnswersAsItsCallersExpect(String answer) {
        assertThatThrownBy(() -> Json.readAnswer(bytes(answer), 0, answer.length()))
                .isInstanceOf(JacksonException.class);
    }

    @Test
    void ofARepeatedKeyOfAnAnswerTheLastCounts() {
        String answer = "{\"a\":1,\"a\":2}";
        assertThat(Json.readAnswer(bytes(answer), 0, answer.length()).get("a").asInt())
                .isEqualTo(2);
    }
}
