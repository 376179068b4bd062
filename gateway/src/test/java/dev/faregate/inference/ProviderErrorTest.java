package dev.faregate.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is made of the error answers of providers.
class ProviderErrorTest {
    private static ProviderError read(String json) {
        return ProviderError.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static UpstreamErrors.Failure failure(int status, String json) {
        return UpstreamErrors.of(status, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), null);
    }

    @ParameterizedTest
    @CsvSource({
        "context_length_exceeded, context_length_exceeded",
        "string_above_max_length, string_too_long",
        "invalid_prompt, invalid_prompt",
        "content_filter, content_policy_violation",
        "content_policy_violation, content_policy_violation",
        "moderation_blocked, content_policy_violation"
    })
    void knowsTheWordsOfProviders(String code, String type) {
        UpstreamErrors.Failure failure = failure(400, "{'error':{'message':'m','code':'" + code + "'}}");
        assertThat(failure.status()).isEqualTo(400);
        assertThat(failure.type()).isEqualTo(type);
        assertThat(failure.said().code()).isEqualTo(code);
        assertThat(failure.sameModel())
                .as("another endpoint gets the same request")
                .isFalse();
    }

    @Test
    void aWordThatNobodyKnowsIsToldAndMeansNothing() {
        UpstreamErrors.Failure failure = failure(422, "{'error':{'message':'m','code':'new_word','type':'t'}}");
        assertThat(failure.status()).isEqualTo(422);
        assertThat(failure.type()).isEqualTo("unprocessable");
        assertThat(failure.said().code()).isEqualTo("new_word");
    }

    @Test
    void tellsWhichCategoriesAFilterOfAzureFound() {
        ProviderError error = read(
                "{'error':{'message':'The response was filtered','code':'content_filter','innererror':{"
                        + "'code':'ResponsibleAIPolicyViolation','content_filter_result':{'hate':{'filtered':true,'severity':'high'},"
                        + "'self_harm':{'filtered':false,'severity':'safe'},'jailbreak':{'filtered':true,'detected':true}}}}}");
        assertThat(error.reasons()).containsExactly("hate", "jailbreak");
        assertThat(error.type()).isEqualTo("content_policy_violation");
    }

    @Test
    void theModerationOfAnotherRouterIsAboutTheRequest() {
        UpstreamErrors.Failure flagged = failure(
                403,
                "{'error':{'code':403,'message':'Input was flagged','metadata':{'reasons':['violence','hate'],"
                        + "'flagged_input':'" + "a".repeat(80) + "b".repeat(80) + "'}}}");
        assertThat(flagged.status()).isEqualTo(403);
        assertThat(flagged.said().reasons()).containsExactly("violence", "hate");
        assertThat(flagged.said().flaggedInput())
                .hasSize(100)
                .startsWith("aaa")
                .contains("...")
                .endsWith("bbb");
        UpstreamErrors.Failure account = failure(403, "{'error':{'code':403,'message':'Your account is suspended'}}");
        assertThat(account.status()).as("not the client's business").isEqualTo(502);
        assertThat(account.message()).doesNotContain("suspended");
    }

    @Test
    void theTypeThatAnotherRouterTellsIsTakenOver() {
        assertThat(failure(400, "{'error':{'code':400,'message':'m','metadata':{'error_type':'image_too_large'}}}")
                        .type())
                .isEqualTo("image_too_large");
        assertThat(failure(400, "{'error':{'code':400,'message':'m','metadata':{'error_type':'authentication'}}}")
                        .type())
                .as("not every word")
                .isEqualTo("invalid_request");
    }

    @Test
    void anErrorInsideAStreamIsReadTheSameWay() {
        assertThat(UpstreamErrors.inBand("{\"message\":\"m\",\"code\":\"content_filter\"}")
                        .type())
                .isEqualTo("content_policy_violation");
        assertThat(UpstreamErrors.inBand("{\"message\":\"m\",\"code\":\"else\"}")
                        .status())
                .isEqualTo(502);
        assertThat(UpstreamErrors.inBand("{\"message\":\"m\",\"code\":429}").status())
                .isEqualTo(429);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "[]",
                "null",
                "7",
                "{}",
                "{'error':null}",
                "{'error':{'code':7}}",
                "{'error':{'metadata':{'reasons':'x','flagged_input':[1]}}}",
                "{'error':{'innererror':{'content_filter_result':[1]}}}"
            })
    void whatSaysNothingMeansNothing(String body) {
        ProviderError error = read(body);
        assertThat(error.message()).isNull();
        assertThat(error.type()).isNull();
        assertThat(error.reasons()).isEmpty();
    }

    @Test
    void allOfItIsBounded() {
        StringBuilder reasons = new StringBuilder("'r'");
        for (int i = 0; i < 500; i++) {
            reasons.append(",'").append("x".repeat(1_000)).append("'");
        }
        ProviderError error = read("{'error':{'message':'" + "m".repeat(50_000) + "','code':'" + "c".repeat(5_000)
                + "','metadata':{'reasons':[" + reasons + "]}}}");
        assertThat(error.message()).hasSizeLessThan(2_010);
        assertThat(error.code()).hasSizeLessThan(110);
        assertThat(error.reasons()).hasSize(20).allMatch(reason -> reason.length() < 110);
    }
}
