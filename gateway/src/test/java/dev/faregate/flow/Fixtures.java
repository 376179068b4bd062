package dev.faregate.flow;

import dev.faregate.contract.ApiDocument;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One record of each kind that our API document says how to make: every operation with an example that answers 201, or
/// that has a parameter of the path which the caller chooses, is called once. What is below a collection, as
/// `/guardrails/{id}` below `/guardrails`, finds the id of its record here.
final class Fixtures {
    /// Where an answer has the name by which its record is called, the first that is there.
    private static final List<String> NAMES = List.of("/data/hash", "/data/slug", "/data/id");

    private static final int LEAST_ID_LENGTH = 32;

    /// Whose names the caller chooses: what stands for the parameter.
    private static final Map<String, String> CHOSEN = Map.of("/presets", "swapped-preset");

    private final Map<String, String> names = new LinkedHashMap<>();
    private final List<String> secrets = new ArrayList<>();

    private Fixtures() {}

    static Fixtures make(TestServer server, ApiDocument own, String managementKey) {
        TestDirectory.make(server.faregate.database());
        Fixtures made = new Fixtures();
        for (ApiDocument.Operation operation : own.operations()) {
            JsonNode example = operation.node().at("/request/content/application~1json/example");
            boolean makes =
                    operation.statuses().contains("201") && !operation.path().contains("{");
            String chosen = CHOSEN.get(collection(operation.path()));
            if (example.isObject() && operation.method().equals("POST") && (makes || chosen != null)) {
                made.add(server, operation, example, chosen, managementKey);
            }
        }
        return made;
    }

    private void add(
            TestServer server,
            ApiDocument.Operation operation,
            JsonNode example,
            @Nullable String chosen,
            String managementKey) {
        Map<String, String> values = chosen == null ? Map.of() : Map.of("slug", chosen);
        HttpResponse<String> answer = server.send("/api/v1", operation, values, "", example.toString(), managementKey);
        if (answer.statusCode() >= 300) {
            throw new AssertionError("the example of " + operation.key() + " is refused: " + answer.body());
        }
        JsonNode body = TestServer.json(answer);
        if (chosen != null) {
            names.put(collection(operation.path()), chosen);
        }
        NAMES.stream()
                .map(pointer -> body.at(pointer).asString(""))
                .filter(name -> !name.isEmpty())
                .findFirst()
                .ifPresent(name -> names.putIfAbsent(collection(operation.path()), name));
        JsonNode id = body.at("/data/id");
        if (id.isString()) {
            secrets.add(id.asString());
        }
    }

    /// What stands before the first parameter of a path: `/guardrails` of `/guardrails/{id}/assignments`.
    private static String collection(String path) {
        int parameter = path.indexOf("/{");
        return parameter < 0 ? path : path.substring(0, parameter);
    }

    /// The values for the parameters of a path; null when no record of that kind was made.
    @Nullable
    Map<String, String> values(String path) {
        String name = names.get(collection(path));
        if (name == null) {
            return null;
        }
        int from = path.indexOf('{');
        return Map.of(path.substring(from + 1, path.indexOf('}')), name);
    }

    /// Texts that nobody else may ever see: ids and hashes, but no slug that others may have too.
    List<String> identities() {
        List<String> all = new ArrayList<>(secrets);
        all.addAll(names.values());
        return all.stream()
                .distinct()
                .filter(id -> id.length() >= LEAST_ID_LENGTH)
                .toList();
    }
}
