package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.contract.ApiDocument;
import dev.faregate.contract.OwnApi;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Every route times everybody who may come (reliability, check 24), compared with a checked-in file.
/// The ids in the paths exist nowhere and the bodies are empty objects, so nothing is written. After a
/// wanted change `-Dfaregate.golden=write` writes the file anew; its difference is what a reviewer has
/// to look at.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessMatrixFlowTest {
    private static final Path GOLDEN = Path.of("src", "test", "resources", "golden", "access.txt");

    private ScriptedUpstream upstream;
    private TestServer server;
    private List<ApiDocument.Operation> operations;

    @BeforeAll
    void start() throws Exception {
        upstream = ScriptedUpstream.start();
        server = TestServer.startWith("limits: {unauthorized_per_minute: 100000}\n", upstream);
        operations = new OwnApi(server.openApi()).document().operations();
    }

    @AfterAll
    void stop() {
        server.close();
        upstream.close();
    }

    @Test
    void letsNobodyInBeyondTheGoldenFile() throws IOException {
        String found = matrix("/api/v1");
        if ("write".equals(System.getProperty("faregate.golden"))) {
            Files.writeString(GOLDEN, found);
        }
        assertThat(found).isEqualTo(Files.readString(GOLDEN));
    }

    @Test
    void isTheSameUnderBothBases() {
        assertThat(matrix("/v1")).isEqualTo(matrix("/api/v1"));
    }

    private String matrix(String base) {
        Map<String, String> lines = new TreeMap<>();
        for (ApiDocument.Operation operation : operations) {
            String statuses = principals().entrySet().stream()
                    .map(who -> who.getKey() + "=" + status(base, operation, who.getValue()))
                    .collect(Collectors.joining(" "));
            lines.put(operation.path() + " " + operation.method(), operation.key() + ": " + statuses + "\n");
        }
        return String.join("", lines.values());
    }

    private static Map<String, String> principals() {
        Map<String, String> who = new LinkedHashMap<>();
        who.put("none", "");
        who.put("bad", "sk-nobody-has-this-key-0123456789");
        who.put("inference", TestServer.INFERENCE_KEY);
        who.put("management", TestServer.MANAGEMENT_KEY);
        return who;
    }

    private int status(String base, ApiDocument.Operation operation, String key) {
        return server.send(base, operation, Map.of(), "", "{}", key).statusCode();
    }
}
