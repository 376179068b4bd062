package dev.faregate.contract;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Compares answers with our own OpenAPI document, as a running server gave it: an operation, a status
/// or a field that it does not have is a complaint.
public final class OwnApi {
    /// What the edge may answer before it looks at the operation; the document's `default`.
    private static final Set<Integer> EDGE = Set.of(400, 405, 408, 413, 415, 429, 431, 500, 503);

    /// Of the operator's listener, which is no part of the API.
    private static final String METRICS = "/metrics";

    private final ApiDocument document;

    public OwnApi(byte[] json) {
        this.document = ApiDocument.ofOpenApi(Json.read(json), "");
    }

    public ApiDocument document() {
        return document;
    }

    /// What is wrong with an answer, in words.
    public List<String> problems(Answer answer) {
        if (List.of("HEAD", "OPTIONS").contains(answer.method())
                || answer.path().equals(METRICS)) {
            return List.of();
        }
        String path = answer.apiPath() == null ? answer.path() : answer.apiPath();
        Optional<ApiDocument.Operation> operation = document.find(answer.method(), path);
        if (operation.isEmpty()) {
            return answer.status() == 404 || EDGE.contains(answer.status())
                    ? List.of()
                    : List.of("our document has no " + answer.method() + " " + path);
        }
        List<String> problems = new ArrayList<>();
        check(answer, operation.get(), problems);
        return problems.stream()
                .map(problem -> "by our own document: " + problem)
                .toList();
    }

    private void check(Answer answer, ApiDocument.Operation operation, List<String> problems) {
        boolean listed = operation.statuses().contains(Integer.toString(answer.status()));
        if (!listed && !EDGE.contains(answer.status())) {
            problems.add("status " + answer.status() + " is not listed for " + operation.key());
            return;
        }
        JsonNode schema = answer.isOfTheEdge()
                ? document.schema("Error")
                : operation.answer(listed ? Integer.toString(answer.status()) : "default", answer.type());
        if (schema == null) {
            problems.add("content type " + answer.type() + " is not listed for " + answer.status());
            return;
        }
        for (String json : answer.values()) {
            value(json, schema, problems);
        }
    }

    private void value(String json, JsonNode schema, List<String> problems) {
        JsonNode value = Json.read(json.getBytes(StandardCharsets.UTF_8));
        problems.addAll(document.violations(schema, value));
        Undocumented.find(value, List.of(new Undocumented.Source(document, schema)), _ -> false)
                .forEach(way -> problems.add("field " + way + " is not documented"));
    }
}
