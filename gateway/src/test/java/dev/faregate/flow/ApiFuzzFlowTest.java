package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.contract.ApiDocument;
import dev.faregate.contract.OwnApi;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Calls of every operation of our own API document with what fits its shapes, what lies at their bounds and what
/// breaks them, in the body, the query, the path and the headers, and with keys of every kind. No call may give a 5xx,
/// and every answer must be as the contract and our document have it. A failure prints the seed;
/// `-Dfaregate.fuzz.seed=N` replays it, call by call.
class ApiFuzzFlowTest {
    private static final String MORE = """
              - id: test/vectors
                context_length: 8191
                output_modalities: [embeddings]
                endpoints:
                  - {provider: sim, upstream_model: vectors, pricing: {prompt: "0.02"}}
              - id: test/ranker
                context_length: 4096
                output_modalities: [rerank]
                endpoints:
                  - {provider: sim, upstream_model: ranker, pricing: {prompt: "0.02"}}
              - id: test/images
                context_length: 4096
                output_modalities: [image]
                endpoints:
                  - {provider: sim, upstream_model: images, pricing: {image_output: "0.02"}}
              - id: test/transcription
                context_length: 16000
                output_modalities: [transcription]
                endpoints:
                  - {provider: sim, upstream_model: transcriber, pricing: {prompt: "2", completion: "10"}}
            limits: {unauthorized_per_minute: 1000000}
            """;

    private static final Logger LOG = LoggerFactory.getLogger(ApiFuzzFlowTest.class);
    private static final int CALLS = Boolean.getBoolean("faregate.long") ? 20_000 : 1_500;
    private static final int REMEMBERED_IDS = 200;

    private final List<String> ids = new ArrayList<>();
    private final int[] byClass = new int[6];

    @Test
    void nothingThatAClientSendsBreaksTheServerOrItsPromises() throws IOException {
        long seed = Long.getLong("faregate.fuzz.seed", System.nanoTime());
        LOG.info("seed {}, {} calls", seed, CALLS);
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.startWith(MORE, upstream)) {
            List<ApiDocument.Operation> operations =
                    new OwnApi(server.openApi()).document().operations();
            ApiDocument own = new OwnApi(server.openApi()).document();
            SplittableRandom random = new SplittableRandom(seed);
            for (int call = 0; call < CALLS; call++) {
                ApiDocument.Operation operation = operations.get(random.nextInt(operations.size()));
                FuzzedRequest request = new FuzzedRequest(random.split(), own, operation, ids);
                try {
                    send(server, request);
                } catch (AssertionError e) {
                    throw new AssertionError("seed " + seed + ", call " + call + ": " + request, e);
                }
            }
        }
        LOG.info("2xx {}, 4xx {}", byClass[2], byClass[4]);
        assertThat(byClass[2]).as("calls that went well").isGreaterThan(CALLS / 20);
    }

    private void send(TestServer server, FuzzedRequest request) {
        HttpRequest.Builder http = HttpRequest.newBuilder(server.uri(request.target()))
                .timeout(TestServer.PATIENCE)
                .method(request.method(), HttpRequest.BodyPublishers.ofByteArray(request.body()));
        request.headers().forEach(http::header);
        HttpResponse<String> answer = TestServer.send(http.build());
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(500);
        byClass[answer.statusCode() / 100]++;
        if (answer.statusCode() == 201) {
            remember(TestServer.json(answer).path("data"));
        }
    }

    /// Ids of records that were made, for the calls that follow.
    private void remember(JsonNode data) {
        for (String field : List.of("id", "hash", "slug")) {
            if (data.path(field).isString() && ids.size() < REMEMBERED_IDS) {
                ids.add(data.path(field).asString());
            }
        }
    }
}
