package dev.faregate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Json;
import dev.faregate.base.Usd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.node.ObjectNode;

class ErrorRendererTest {
    private static final Path PAGE = Path.of("../docs/errors.md");

    /// One of each, with the status and type that docs/errors.md and contract 1.1 promise.
    private record Sample(ApiError error, int status, String type, String json) {}

    private static String envelope(int code, String message, String type, String more) {
        return "{\"error\":{\"code\":" + code + ",\"message\":\"" + message + "\",\"type\":\"" + type + "\"" + more
                + "}}";
    }

    private static String metadata(String type, String more) {
        return ",\"metadata\":{\"error_type\":\"" + type + "\"" + more + "}";
    }

    private static Sample sample(ApiError error, int status, String message, String type, String more) {
        return new Sample(error, status, type, envelope(status, message, type, metadata(type, more)));
    }

    private static Map<String, Object> budget() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("limit_usd", Usd.parse("12.5"));
        metadata.put("spent", 3L);
        metadata.put("resets_at", null);
        metadata.put("scopes", List.of("key", Map.of("day", true)));
        return metadata;
    }

    private static final List<Sample> SAMPLES = List.of(
            new Sample(
                    new ApiError.BadRequest("Say \"please\"", "messages"),
                    400,
                    "invalid_request",
                    "{\"error\":{\"code\":400,\"message\":\"Say \\\"please\\\"\",\"type\":\"invalid_request\","
                            + "\"param\":\"messages\",\"metadata\":{\"error_type\":\"invalid_request\"}}}"),
            new Sample(
                    new ApiError.UnknownModel("nope/nope", List.of()),
                    400,
                    "invalid_request",
                    "{\"error\":{\"code\":400,\"message\":\"nope/nope is not a valid model ID\","
                            + "\"type\":\"invalid_request\",\"param\":\"model\",\"error_type\":\"invalid_request\","
                            + "\"http_status\":400,\"availability\":{\"code\":\"model_not_found\",\"retryable\":false,"
                            + "\"requested_models\":[\"nope/nope\"],\"docs_url\":\"/docs/errors#models-that-do-not-answer\"},"
                            + "\"metadata\":{\"error_type\":\"invalid_request\"}}}"),
            new Sample(
                    new ApiError.WrongEndpoint("acme/vectors", "/embeddings"),
                    400,
                    "invalid_request",
                    "{\"error\":{\"code\":400,\"message\":\"acme/vectors cannot be used here; send requests for it to POST"
                            + " /embeddings.\",\"type\":\"invalid_request\",\"param\":\"model\","
                            + "\"error_type\":\"invalid_request\",\"http_status\":400,"
                            + "\"availability\":{\"code\":\"wrong_endpoint\",\"retryable\":false,"
                            + "\"requested_models\":[\"acme/vectors\"],"
                            + "\"docs_url\":\"/docs/errors#models-that-do-not-answer\"},"
                            + "\"metadata\":{\"error_type\":\"invalid_request\"}}}"),
            sample(
                    new ApiError.Unauthenticated("expired", "This key has expired."),
                    401,
                    "This key has expired.",
                    "authentication",
                    ",\"reason\":\"expired\""),
            sample(
                    new ApiError.PaymentRequired("No money", "openrouter_credits", budget(), 0),
                    402,
                    "No money",
                    "payment_required",
                    ",\"limit_source\":\"openrouter_credits\",\"limit_usd\":12.5,\"spent\":3,\"resets_at\":null,"
                            + "\"scopes\":[\"key\",{\"day\":true}]"),
            sample(
                    new ApiError.Forbidden("Only management keys", "wrong_key_kind", Map.of()),
                    403,
                    "Only management keys",
                    "permission_denied",
                    ",\"reason\":\"wrong_key_kind\""),
            sample(new ApiError.NotFound("Resource not found"), 404, "Resource not found", "not_found", ""),
            new Sample(
                    new ApiError.NoEndpoints("No endpoints found for a/b.", "a/b", List.of("max_price"), Map.of()),
                    404,
                    "not_found",
                    "{\"error\":{\"code\":404,\"message\":\"No endpoints found for a/b.\",\"type\":\"not_found\","
                            + "\"error_type\":\"not_found\",\"http_status\":404,"
                            + "\"availability\":{\"code\":\"constraint_filtered\",\"retryable\":false,"
                            + "\"requested_models\":[\"a/b\"],\"docs_url\":\"/docs/errors#models-that-do-not-answer\","
                            + "\"excluded_by\":[\"max_price\"]},\"metadata\":{\"error_type\":\"not_found\"}}}"),
            sample(
                    new ApiError.MethodNotAllowed("GET, POST"),
                    405,
                    "This path does not answer that method; it answers GET, POST.",
                    "invalid_request",
                    ""),
            sample(new ApiError.RequestTimeout("Too slow"), 408, "Too slow", "timeout", ""),
            sample(new ApiError.Conflict("Exists"), 409, "Exists", "invalid_request", ""),
            sample(new ApiError.Gone("Over"), 410, "Over", "not_found", ""),
            sample(
                    new ApiError.BodyTooLarge(9),
                    413,
                    "The request body is larger than 9 bytes.",
                    "payload_too_large",
                    ",\"max_bytes\":9"),
            sample(new ApiError.UnsupportedMediaType("No gzip"), 415, "No gzip", "invalid_request", ""),
            sample(new ApiError.Unprocessable("Cannot", null), 422, "Cannot", "unprocessable", ""),
            sample(
                    new ApiError.RateLimited("Rate limit exceeded", 20, 1_700_000_000_000L, 7),
                    429,
                    "Rate limit exceeded",
                    "rate_limit_exceeded",
                    ",\"headers\":{\"X-RateLimit-Limit\":\"20\",\"X-RateLimit-Remaining\":\"0\","
                            + "\"X-RateLimit-Reset\":\"1700000000000\"}"),
            sample(new ApiError.HeadersTooLarge("Too many"), 431, "Too many", "invalid_request", ""),
            sample(
                    new ApiError.Upstream(529, "provider_overloaded", "Provider returned error", Map.of("raw", "x"), 3),
                    529,
                    "Provider returned error",
                    "provider_overloaded",
                    ",\"raw\":\"x\""),
            sample(new ApiError.Unavailable("Busy", 2), 503, "Busy", "provider_overloaded", ""),
            sample(
                    new ApiError.Internal("42"),
                    500,
                    "Internal Server Error (incident 42)",
                    "server",
                    ",\"incident\":\"42\""));

    @TestFactory
    List<DynamicTest> everyErrorHasItsStatusTypeAndBody() {
        return SAMPLES.stream()
                .map(sample -> DynamicTest.dynamicTest(sample.error().getClass().getSimpleName(), () -> {
                    WireError wire = ErrorRenderer.render(sample.error());
                    assertThat(wire.status()).isEqualTo(sample.status());
                    assertThat(wire.type()).isEqualTo(sample.type());
                    assertThat(new String(wire.body(), StandardCharsets.UTF_8)).isEqualTo(sample.json());
                }))
                .toList();
    }

    @Test
    void theSamplesCoverEveryError() {
        assertThat(SAMPLES.stream().<Class<?>>map(s -> s.error().getClass()).toList())
                .containsExactlyInAnyOrder(ApiError.class.getPermittedSubclasses());
    }

    @Test
    void everyErrorHasItsRowInTheDocumentation() throws IOException {
        List<String> rows = Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("| `"))
                .toList();
        for (Sample sample : SAMPLES) {
            String name = sample.error().getClass().getSimpleName();
            String status = sample.error() instanceof ApiError.Upstream ? "as the provider's" : "" + sample.status();
            String type = sample.error() instanceof ApiError.Upstream ? "as the provider's" : "`" + sample.type() + "`";
            assertThat(rows)
                    .as(name)
                    .filteredOn(row -> row.startsWith("| `" + name + "` | " + status + " | " + type + " |"))
                    .hasSize(1);
        }
        assertThat(rows).hasSize(ApiError.class.getPermittedSubclasses().length);
        assertThat(rows)
                .allSatisfy(row -> assertThat(row.split("\\|"))
                        .hasSize(6)
                        .allMatch(cell -> cell.isEmpty() || cell.strip().length() > 2));
    }

    @Test
    void headersSayWhatAProgramNeeds() {
        assertThat(headers(new ApiError.Unauthenticated("missing", ""))).containsExactly("WWW-Authenticate=Bearer");
        assertThat(headers(new ApiError.Unauthenticated("unknown", "")))
                .containsExactly("WWW-Authenticate=Bearer error=\"invalid_token\"");
        assertThat(headers(new ApiError.Forbidden("", ErrorRenderer.INSUFFICIENT_SCOPE, Map.of())))
                .containsExactly("WWW-Authenticate=Bearer error=\"insufficient_scope\", scope=\"read write\"");
        assertThat(headers(new ApiError.MethodNotAllowed("GET"))).containsExactly("Allow=GET");
        assertThat(headers(new ApiError.PaymentRequired("", "", Map.of(), 0))).isEmpty();
        assertThat(headers(new ApiError.PaymentRequired("", "", Map.of(), 4))).containsExactly("Retry-After=4");
        assertThat(headers(new ApiError.Unavailable("", 2))).containsExactly("Retry-After=2");
        assertThat(headers(new ApiError.Upstream(429, "rate_limit_exceeded", "", Map.of(), 9_999_999)))
                .containsExactly("Retry-After=86400");
        assertThat(headers(new ApiError.RateLimited("", 20, 5_000, 1)))
                .containsExactly(
                        "X-RateLimit-Limit=20", "X-RateLimit-Remaining=0", "X-RateLimit-Reset=5000", "Retry-After=1");
    }

    private static List<String> headers(ApiError error) {
        return ErrorRenderer.render(error).headers().stream()
                .map(Object::toString)
                .toList();
    }

    /// The one case of `NoEndpoints` that the contract gives another status.
    @Test
    void whatOnlyTheRegionLeavesOutIsForbidden() {
        WireError region =
                ErrorRenderer.render(new ApiError.NoEndpoints("No", "a/b", List.of("data_region"), Map.of()));
        assertThat(region.status()).isEqualTo(403);
        assertThat(new String(region.body(), StandardCharsets.UTF_8)).contains("\"code\":\"region_restricted\"");
        assertThat(ErrorRenderer.render(
                                new ApiError.NoEndpoints("No", "a/b", List.of("data_region", "max_price"), Map.of()))
                        .status())
                .isEqualTo(404);
        assertThat(new String(
                        ErrorRenderer.body(new ApiError.NoEndpoints(
                                "No", "a/b", List.of("data_policy:training", "data_policy:zdr"), Map.of())),
                        StandardCharsets.UTF_8))
                .contains("\"code\":\"privacy_restricted\"");
    }

    @Test
    void anAmbiguousModelNamesItsCandidates() {
        ApiError error = new ApiError.UnknownModel("gpt-4o", List.of("openai/gpt-4o", "azure/gpt-4o"));
        ObjectNode node = Json.readObject(ErrorRenderer.body(error));
        assertThat(node.at("/error/message").asString())
                .isEqualTo("gpt-4o is not a valid model ID: it is ambiguous, use one of openai/gpt-4o, azure/gpt-4o.");
        assertThat(node.at("/error/metadata/candidates").size()).isEqualTo(2);
    }

    @Test
    void anEndlessModelNameIsNotRepeated() {
        assertThat(ErrorRenderer.body(new ApiError.UnknownModel("x".repeat(1_000_000), List.of())))
                .hasSizeLessThan(2_000);
    }

    @Test
    void tellsPrivacyFromOtherFilters() {
        assertThat(availability(List.of())).isEqualTo("no_endpoints");
        assertThat(availability(List.of("data_policy:zdr"))).isEqualTo("privacy_restricted");
        assertThat(availability(List.of("data_policy:zdr", "max_price"))).isEqualTo("constraint_filtered");
        assertThat(availability(List.of("unpriced"))).isEqualTo("constraint_filtered");
    }

    private static String availability(List<String> excludedBy) {
        byte[] body = ErrorRenderer.body(new ApiError.NoEndpoints("", "m", excludedBy, Map.of()));
        return Json.readObject(body).at("/error/availability/code").asString();
    }

    @Test
    void aProviderNeverMakesUsSend409OrSuccess() {
        for (int status : new int[] {0, 100, 200, 302, 409, 600}) {
            assertThat(ErrorRenderer.render(new ApiError.Upstream(status, "unmapped", "", Map.of(), 0))
                            .status())
                    .isEqualTo(502);
        }
    }

    @Test
    void theErrorObjectAloneIsWhatStandsInTheEnvelope() {
        ApiError error = SAMPLES.get(3).error();
        String alone = new String(ErrorRenderer.errorObject(error), StandardCharsets.UTF_8);
        assertThat("{\"error\":" + alone + "}").isEqualTo(SAMPLES.get(3).json());
    }

    @Test
    void metadataCannotPretendToBeAnotherType() {
        byte[] body = ErrorRenderer.body(new ApiError.Forbidden("", "r", Map.of("error_type", "x", "reason", "y")));
        ObjectNode node = Json.readObject(body);
        assertThat(node.at("/error/metadata/error_type").asString()).isEqualTo("permission_denied");
        assertThat(node.at("/error/metadata/reason").asString()).isEqualTo("r");
    }
}
