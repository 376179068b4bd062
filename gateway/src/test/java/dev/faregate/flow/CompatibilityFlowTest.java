package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.contract.ApiDocument;
import dev.faregate.contract.Contract;
import dev.faregate.contract.OwnApi;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// docs/compatibility.md against the contract's official file, and against the server.
class CompatibilityFlowTest extends OneServer {
    private static final Pattern ROW =
            Pattern.compile("\\| `([A-Z]+ [^`]+)` \\| ([a-zA-Z]+) \\| (implemented|refused: .+?) \\|");

    private ApiDocument own;

    /// Operation to its state, as the table has them.
    private final Map<String, String> table = new LinkedHashMap<>();

    private final Map<String, String> ids = new LinkedHashMap<>();

    @BeforeAll
    void prepare() throws Exception {
        own = new OwnApi(server.openApi()).document();
        for (String line : Files.readAllLines(Path.of("..", "docs", "compatibility.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                table.put(row.group(1), row.group(3));
                ids.put(row.group(1), row.group(2));
            }
        }
    }

    @Test
    void hasARowForEachOperationOfTheOfficialFile() {
        Map<String, String> official = new LinkedHashMap<>();
        Contract.get().official().operations().forEach(operation -> official.put(operation.key(), operation.id()));
        assertThat(official).hasSize(97);
        assertThat(ids).containsExactlyInAnyOrderEntriesOf(official);
    }

    @Test
    void saysOfEachOperationWhetherItIsOffered() throws IOException {
        Map<String, String> real = new LinkedHashMap<>();
        for (String key : table.keySet()) {
            int space = key.indexOf(' ');
            ApiDocument.Operation mine = own.ofPattern(key.substring(0, space), key.substring(space + 1))
                    .orElseThrow(() -> new AssertionError(key + " has no route"));
            String says = mine.node().path("says").asString();
            real.put(
                    key,
                    mine.id().startsWith("refused")
                            ? "refused: " + says.substring("Not offered: ".length(), says.length() - 1)
                            : "implemented");
        }
        assertThat(real).isEqualTo(table);
    }

    @Test
    void refusesWithA404ThatSaysWhy() {
        for (ApiDocument.Operation operation : own.operations()) {
            if (operation.id().startsWith("refused")) {
                HttpResponse<String> answer = server.send(operation, Map.of(), "", "{}");
                assertThat(answer.statusCode()).as(operation.key()).isEqualTo(404);
                String message = TestServer.json(answer).at("/error/message").asString();
                String why = operation.node().path("says").asString().substring("Not offered: ".length());
                assertThat(message)
                        .startsWith(operation.key() + " is not offered by this server yet: ")
                        .endsWith(why);
            }
        }
    }
}
