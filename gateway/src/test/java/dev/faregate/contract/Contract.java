package dev.faregate.contract;

import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Compares answers with the contract: the official file of 2026-08-22, and what `@openrouter/sdk` 1.3.19
/// accepts, which wins where both define something. A status, a content type or a field that neither names
/// is a complaint, except what `contract/own-*.txt` lists with a reason.
public final class Contract {
    /// May occur on every operation, whatever the contract lists (rulings 1).
    private static final Set<Integer> ANYWHERE = Set.of(403, 404, 405, 413, 415, 429, 431, 503);

    /// Not offered, and with an error envelope of their own: our refusals have the usual one. What we have
    /// below `/oauth/` is page 003's, not the contract's token exchange.
    private static final List<String> ODD_ERRORS = List.of("/interns", "/vault/", "/oauth/");

    /// Where the SDK's schema says nothing, because it knows the records by their type only.
    private static final String LOOSE = " /observability/";

    private static final String JSON = "application/json";

    /// Listed for nearly every operation, so its shape stands for those of statuses that are not.
    private static final String ANY_ERROR = "500";

    private static final String USUAL_ERROR = "ForbiddenResponseError";

    private static final class Holder {
        static final Contract INSTANCE = new Contract();
    }

    private final ApiDocument sdk = ApiDocument.ofContract("sdk");
    private final ApiDocument official = ApiDocument.ofContract("official");
    private final AllowList fields = AllowList.read("/contract/own-fields.txt");
    private final AllowList statuses = AllowList.read("/contract/own-statuses.txt");

    private Contract() {}

    /// Read once in a JVM.
    public static Contract get() {
        return Holder.INSTANCE;
    }

    /// The official file, which is the one whose operations are counted.
    public ApiDocument official() {
        return official;
    }

    public ApiDocument sdk() {
        return sdk;
    }

    /// What we do not read although the contract has it, as `GET /models min_coding_index`; `kind` is
    /// `parameter` (of a query) or `field` (of a body).
    public List<String> notRead(String kind) {
        return AllowList.read("/contract/not-read.txt").entries(kind);
    }

    /// What is wrong with an answer, in words; empty also for operations that the contract does not have.
    public List<String> problems(Answer answer) {
        String path = answer.apiPath();
        if (path == null || ODD_ERRORS.stream().anyMatch(path::startsWith)) {
            return List.of();
        }
        Optional<ApiDocument.Operation> inSdk = sdk.find(answer.method(), path);
        Optional<ApiDocument.Operation> inOfficial = official.find(answer.method(), path);
        if (inSdk.isEmpty() && inOfficial.isEmpty()) {
            return List.of();
        }
        return new Check(answer, inSdk.orElse(null), inOfficial.orElse(null)).run();
    }

    private final class Check {
        private final Answer answer;
        private final ApiDocument.@Nullable Operation inSdk;
        private final ApiDocument.@Nullable Operation inOfficial;
        private final String operation;
        private final List<String> problems = new ArrayList<>();

        Check(Answer answer, ApiDocument.@Nullable Operation inSdk, ApiDocument.@Nullable Operation inOfficial) {
            this.answer = answer;
            this.inSdk = inSdk;
            this.inOfficial = inOfficial;
            ApiDocument.Operation named = inOfficial != null ? inOfficial : inSdk;
            this.operation = named == null ? "" : named.key();
        }

        List<String> run() {
            int status = answer.status();
            List<Undocumented.Source> schemas = new ArrayList<>();
            add(schemas, sdk, inSdk, Integer.toString(status));
            add(schemas, official, inOfficial, Integer.toString(status));
            if (operation.contains(LOOSE)) {
                Collections.reverse(schemas);
            }
            if (answer.isOfTheEdge() && !schemas.isEmpty()) {
                schemas.clear();
                schemas.add(new Undocumented.Source(sdk, sdk.schema(USUAL_ERROR)));
            }
            if (schemas.isEmpty() && isListed(status)) {
                problems.add("content type " + answer.type() + " is not listed for " + status);
                return problems;
            }
            if (schemas.isEmpty()) {
                if (!ANYWHERE.contains(status) && !statuses.has(operation, Integer.toString(status))) {
                    problems.add("status " + status + " is not listed for " + operation);
                }
                if (status < 400) {
                    return problems;
                }
                if (!answer.type().equals(JSON)) {
                    problems.add("an error is application/json, not " + answer.type());
                    return problems;
                }
                add(schemas, sdk, inSdk, ANY_ERROR);
                add(schemas, official, inOfficial, ANY_ERROR);
                if (schemas.isEmpty()) {
                    schemas.add(new Undocumented.Source(sdk, sdk.schema(USUAL_ERROR)));
                }
            }
            answer.values().forEach(json -> value(json, schemas));
            return problems;
        }

        private boolean isListed(int status) {
            String word = Integer.toString(status);
            return (inSdk != null && inSdk.statuses().contains(word))
                    || (inOfficial != null && inOfficial.statuses().contains(word));
        }

        private void add(
                List<Undocumented.Source> schemas,
                ApiDocument document,
                ApiDocument.@Nullable Operation named,
                String status) {
            JsonNode schema = named == null ? null : named.answer(status, answer.type());
            if (schema != null) {
                schemas.add(new Undocumented.Source(document, schema));
            }
        }

        /// The first schema decides what is valid, all of them together what is documented.
        private void value(String json, List<Undocumented.Source> schemas) {
            JsonNode value = Json.read(json.getBytes(StandardCharsets.UTF_8));
            Undocumented.Source first = schemas.getFirst();
            problems.addAll(first.document().violations(first.schema(), value));
            Undocumented.find(value, schemas, way -> fields.has(operation, way))
                    .forEach(way -> problems.add("field " + way + " is not documented"));
        }
    }
}
