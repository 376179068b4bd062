package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.contract.ApiDocument;
import dev.faregate.contract.OwnApi;
import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Every route times everybody who may come (reliability, check 24), compared with a checked-in file.
/// The ids in the paths exist nowhere and the bodies are empty objects, so next to nothing is written, and
/// each matrix has a server of its own. After a wanted change `-Dfaregate.golden=write` writes the file anew; its
/// difference is what a reviewer has to look at.
class AccessMatrixFlowTest {
    private static final Path GOLDEN = Path.of("src", "test", "resources", "golden", "access.txt");

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

    private static String matrix(String base) {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer server = TestServer.startWith("limits: {unauthorized_per_minute: 100000}\n", upstream)) {
            Map<String, String> lines = new TreeMap<>();
            for (ApiDocument.Operation operation :
                    new OwnApi(server.openApi()).document().operations()) {
                String statuses = principals().entrySet().stream()
                        .map(who -> who.getKey() + "=" + status(server, base, operation, who.getValue()))
                        .collect(Collectors.joining(" "));
                lines.put(operation.path() + " " + operation.method(), operation.key() + ": " + statuses + "\n");
            }
            return String.join("", lines.values());
        }
    }

    private static Map<String, String> principals() {
        Map<String, String> who = new LinkedHashMap<>();
        who.put("none", "");
        who.put("bad", "sk-nobody-has-this-key-0123456789");
        who.put("inference", TestServer.INFERENCE_KEY);
        who.put("management", TestServer.MANAGEMENT_KEY);
        return who;
    }

    private static int status(TestServer server, String base, ApiDocument.Operation operation, String key) {
        return server.send(base, operation, Map.of(), "", "{}", key).statusCode();
    }
}
