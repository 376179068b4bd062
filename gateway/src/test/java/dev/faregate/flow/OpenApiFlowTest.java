package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import dev.faregate.contract.ApiDocument;
import dev.faregate.contract.Contract;
import dev.faregate.contract.OwnApi;
import dev.faregate.server.OpenApi;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Our own OpenAPI document against what the server does and against the contract. That each answer of
/// each flow test is as the document has it is for [TestServer] to see.
class OpenApiFlowTest extends OneServer {
    private ApiDocument own;

    @BeforeAll
    void prepare() throws Exception {
        own = new OwnApi(server.openApi()).document();
    }

    @Test
    void isOpenToEverybodyAndNeedsNothingFromElsewhere() {
        HttpResponse<String> page = server.get("/docs/api", null);
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .startsWith("default-src 'none'")
                .doesNotContain("script-src", "unsafe");
        assertThat(page.body())
                .contains("GET", "/keys/{hash}", "Only models with an endpoint that keeps nothing.")
                .doesNotContain("<script", "http://", "https://", "<link", "<img");
    }

    @Test
    void describesEveryRouteAndNothingElse() {
        List<String> offered = own.operations().stream()
                .filter(operation -> !operation.id().startsWith("refused"))
                .map(ApiDocument.Operation::key)
                .toList();
        assertThat(own.operations()).noneMatch(operation -> operation.id().startsWith(OpenApi.UNDESCRIBED));
        assertThat(OpenApi.described()).containsExactlyInAnyOrderElementsOf(offered);
    }

    @Test
    void hasWhatItRefersTo() {
        JsonNode document = Json.read(server.openApi());
        Matcher reference = Pattern.compile("\"\\$ref\":\"#([^\"]+)\"").matcher(document.toString());
        while (reference.find()) {
            assertThat(document.at(reference.group(1)).isMissingNode())
                    .as(reference.group(1))
                    .isFalse();
        }
    }

    @Test
    void hasAnOperationIdOnceOnly() {
        List<String> ids =
                own.operations().stream().map(ApiDocument.Operation::id).toList();
        assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[a-zA-Z0-9]+"));
    }

    /// A parameter of the contract that we do not read must be known not to be read.
    @Test
    void readsEveryParameterOfTheContractOrSaysWhyNot() {
        Set<String> unread = new TreeSet<>();
        for (ApiDocument theirs :
                List.of(Contract.get().official(), Contract.get().sdk())) {
            for (ApiDocument.Operation operation : theirs.operations()) {
                own.ofPattern(operation.method(), operation.path())
                        .filter(mine -> !mine.id().startsWith("refused"))
                        .ifPresent(mine -> unread.addAll(missing(operation, mine)));
            }
        }
        assertThat(unread).containsExactlyInAnyOrderElementsOf(Contract.get().notRead("parameter"));
    }

    private static Set<String> missing(ApiDocument.Operation theirs, ApiDocument.Operation mine) {
        Set<String> missing = names(theirs.node().path("parameters"), "query");
        missing.removeAll(names(mine.node().path("parameters"), "query"));
        Set<String> named = new TreeSet<>();
        missing.forEach(name -> named.add(mine.key() + " " + name));
        return named;
    }

    private static Set<String> names(JsonNode parameters, String in) {
        Set<String> names = new TreeSet<>();
        for (JsonNode parameter : parameters) {
            if (parameter.path("in").asString().equals(in)) {
                names.add(parameter.path("name").asString());
            }
        }
        return names;
    }

    /// A field of a body of the contract that we do not read must be known not to be read.
    @Test
    void readsEveryFieldOfTheContractsBodiesOrSaysWhyNot() {
        Set<String> unread = new TreeSet<>();
        for (ApiDocument theirs :
                List.of(Contract.get().official(), Contract.get().sdk())) {
            for (ApiDocument.Operation operation : theirs.operations()) {
                own.ofPattern(operation.method(), operation.path())
                        .filter(mine -> mine.node().path("request").isObject())
                        .ifPresent(mine -> {
                            Set<String> missing = theirs.fieldsOfBody(operation);
                            if (!own.isOpenBody(mine)) {
                                missing.removeAll(own.fieldsOfBody(mine));
                                missing.forEach(name -> unread.add(mine.key() + " " + name));
                            }
                        });
            }
        }
        assertThat(unread).containsExactlyInAnyOrderElementsOf(Contract.get().notRead("field"));
    }

    @Test
    void refusesAnythingElseThanWhatItSaysOfEachParameter() {
        for (ApiDocument.Operation operation : own.operations()) {
            if (operation.id().startsWith("refused") || !operation.method().equals("GET")) {
                continue;
            }
            for (JsonNode parameter : operation.node().path("parameters")) {
                JsonNode schema = parameter.path("schema");
                String name = parameter.path("name").asString();
                boolean checked = parameter.path("in").asString().equals("query")
                        && (schema.has("enum")
                                || !schema.path("type").asString("string").equals("string"));
                if (checked) {
                    HttpResponse<String> answer =
                            server.send(operation, Map.of(), "?" + name + "=no%20such%20value", "");
                    assertThat(answer.statusCode())
                            .as(operation.key() + " " + name)
                            .isEqualTo(400);
                    assertThat(TestServer.json(answer).at("/error/param").asString())
                            .isEqualTo(name);
                }
            }
        }
    }
}
