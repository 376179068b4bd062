package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.Fault;
import dev.faregate.testkit.Script;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// A provider refuses a request for what it says (mission S59): the client hears why, nobody pays, and the endpoint is
/// as healthy as before.
class ModerationFlowTest extends FreshServer {
    private JsonNode refusal(int providersStatus, String providersBody, int expected) {
        String body = providersBody.replace('\'', '"');
        upstream.enqueue(Script.failing(new Fault.Raw(
                "HTTP/1.1 " + providersStatus + " No\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body,
                true)));
        HttpResponse<String> answer = server.chat(TestServer.chat("test/priced", ""));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(expected);
        return TestServer.json(answer).path("error");
    }

    @Test
    void whatAnotherRouterFlaggedIs403WithItsReasons() {
        JsonNode error = refusal(
                403,
                "{'error':{'code':403,'message':'Input was flagged','metadata':{'reasons':['violence'],'flagged_input':'how to'}}}",
                403);
        JsonNode metadata = error.path("metadata");
        assertThat(metadata.path("reason").asString()).isEqualTo("moderation");
        assertThat(metadata.path("reasons").path(0).asString()).isEqualTo("violence");
        assertThat(metadata.path("flagged_input").asString()).isEqualTo("how to");
        assertThat(metadata.path("model_slug").asString()).isEqualTo("test/priced");
        assertThat(metadata.path("provider_name").isString()).isTrue();
        assertThat(server.chat(TestServer.chat("test/priced", "")).statusCode())
                .as("the endpoint is not to blame")
                .isEqualTo(200);
    }

    @Test
    void aContentFilterIs400WithItsCategories() {
        JsonNode error = refusal(
                400,
                "{'error':{'message':'The prompt triggered the filter','code':'content_filter','innererror':{"
                        + "'content_filter_result':{'hate':{'filtered':true}}}}}",
                400);
        assertThat(error.path("metadata").path("error_type").asString()).isEqualTo("content_policy_violation");
        assertThat(error.path("metadata").path("provider_code").asString()).isEqualTo("content_filter");
        assertThat(error.path("metadata").path("reasons").path(0).asString()).isEqualTo("hate");
        assertThat(server.keyInfo(TestServer.INFERENCE_KEY).path("usage").decimalValue())
                .isZero();
    }

    @Test
    void aContextThatIsTooLongIsToldByItsWord() {
        JsonNode error = refusal(
                400,
                "{'error':{'message':'maximum context length is 8 tokens','type':'invalid_request_error','code':'context_length_exceeded'}}",
                400);
        assertThat(error.path("type").asString()).isEqualTo("context_length_exceeded");
        assertThat(error.path("message").asString()).contains("maximum context length");
    }
}
