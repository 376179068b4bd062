package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.contract.ApiDocument;
import dev.faregate.contract.OwnApi;
import dev.faregate.keys.Rig;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Two organizations, and everything of the first asked for, changed and deleted by the second
/// (reliability, check 25). The routes and the bodies come from our own API document, so a new route is
/// covered by its description.
class TenantSwapFlowTest extends OneServer {
    /// Paths whose parameters name what is nobody's own.
    private static final List<String> COMMON = List.of("/models/", "/model/", "/images/models/", "/hooks/");

    private ApiDocument own;
    private Fixtures fixtures;
    private String stranger;
    private String strangersInferenceKey;
    private String generation;

    @BeforeAll
    void prepare() throws Exception {
        own = new OwnApi(server.openApi()).document();
        fixtures = Fixtures.make(server, own, TestServer.MANAGEMENT_KEY);
        Rig other = new Rig(server.faregate.database());
        stranger = other.management.reveal();
        strangersInferenceKey = other.inference.reveal();
        generation = TestServer.json(server.chat(TestServer.chat("test/priced", "")))
                .get("id")
                .asString();
    }

    @Test
    void whatBelongsToSomebodyElseDoesNotExist() {
        List<String> before = everything();
        TreeSet<String> uncovered = new TreeSet<>();
        int asked = 0;
        for (ApiDocument.Operation operation : withIds()) {
            Map<String, String> values = fixtures.values(operation.path());
            if (values == null) {
                uncovered.add(operation.key());
                continue;
            }
            if (choosesItsName(operation)) {
                continue;
            }
            for (String key : List.of(stranger, strangersInferenceKey)) {
                HttpResponse<String> answer = server.send("/api/v1", operation, values, "", example(operation), key);
                boolean mayAsk = key.equals(stranger) != operation.needs("inferenceKey")
                        || (!operation.needs("inferenceKey") && !operation.needs("managementKey"));
                assertThat(answer.statusCode())
                        .as(operation.key() + ": " + answer.body())
                        .isEqualTo(mayAsk ? 404 : 403);
                assertThat(answer.body()).as(operation.key()).doesNotContain(fixtures.identities());
                asked++;
            }
        }
        assertThat(uncovered)
                .as("no example in our document makes a record of this kind")
                .isEmpty();
        assertThat(asked).isPositive();
        assertThat(everything()).isEqualTo(before);
    }

    /// What the owner reads: each record and each list.
    private List<String> everything() {
        List<String> all = new ArrayList<>();
        for (ApiDocument.Operation operation : own.operations()) {
            Map<String, String> values = operation.path().contains("{") ? fixtures.values(operation.path()) : Map.of();
            boolean read = operation.method().equals("GET") && operation.needs("managementKey");
            if (read
                    && values != null
                    && !operation.id().startsWith("refused")
                    && !operation.path().startsWith("/audit")) {
                all.add(operation.key() + " "
                        + server.send(operation, values, "", "").body());
            }
        }
        return all;
    }

    @Test
    void noListShowsWhatBelongsToSomebodyElse() {
        for (ApiDocument.Operation operation : own.operations()) {
            if (operation.method().equals("GET") && !operation.path().contains("{")) {
                for (String key : List.of(stranger, strangersInferenceKey)) {
                    HttpResponse<String> answer = server.send("/api/v1", operation, Map.of(), "", "", key);
                    assertThat(answer.body()).as(operation.key()).doesNotContain(fixtures.identities());
                }
            }
        }
    }

    @Test
    void aWorkspaceOrGenerationOfSomebodyElseIsNoneInAQuery() {
        String workspace =
                server.keyInfo(TestServer.INFERENCE_KEY).get("workspace_id").asString();
        for (ApiDocument.Operation operation : own.operations()) {
            for (JsonNode parameter : operation.node().path("parameters")) {
                String name = parameter.path("name").asString();
                boolean isWorkspace = name.equals("workspace_id");
                boolean isGeneration = name.equals("id") && operation.path().startsWith("/generation");
                if (parameter.path("in").asString().equals("query") && (isWorkspace || isGeneration)) {
                    String query = "?" + name + "=" + (isWorkspace ? workspace : generation);
                    String key = operation.needs("inferenceKey") ? strangersInferenceKey : stranger;
                    HttpResponse<String> answer = server.send("/api/v1", operation, Map.of(), query, "", key);
                    assertThat(answer.statusCode())
                            .as(operation.key() + " " + answer.body())
                            .isIn(400, 404);
                    assertThat(answer.body()).doesNotContain(fixtures.identities());
                }
            }
        }
    }

    private List<ApiDocument.Operation> withIds() {
        return own.operations().stream()
                .filter(operation -> operation.path().contains("{")
                        && !operation.id().startsWith("refused")
                        && COMMON.stream().noneMatch(operation.path()::startsWith))
                .toList();
    }

    /// Where the caller chooses the name, the same name is another record.
    private boolean choosesItsName(ApiDocument.Operation operation) {
        return operation.path().startsWith("/presets/{slug}/")
                && operation.method().equals("POST");
    }

    private static String example(ApiDocument.Operation operation) {
        JsonNode example = operation.node().at("/request/content/application~1json/example");
        return example.isObject() ? example.toString() : "";
    }
}
