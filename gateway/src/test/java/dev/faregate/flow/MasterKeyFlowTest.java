package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.storage.TestPostgres;
import dev.faregate.testkit.ScriptedUpstream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/// The master key over the lives of a node and over the nodes of a database (ADR 23).
class MasterKeyFlowTest {
    private static final String BRING =
            "{\"provider\":\"sim\",\"key\":\"sk-own-planted-0123456789\",\"is_byok_only\":true}";

    @Test
    void theNextLifeUsesTheKeysOfTheFormerAndAWrongMasterKeyStopsIt() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            TestServer first = TestServer.start(upstream);
            Path file = first.folder.resolve("data/master.key");
            assertThat(first.manage("POST", "/v1/byok", BRING).statusCode()).isEqualTo(201);
            first.faregate.close();
            TestServer second = TestServer.startIn(first.folder, "", upstream);
            assertThat(second.chat(TestServer.chat("test/priced", "")).statusCode())
                    .isEqualTo(200);
            assertThat(upstream.truth().last().header("authorization")).hasValue("Bearer sk-own-planted-0123456789");
            second.faregate.close();
            String right = Files.readString(file);
            Files.writeString(file, Base64.getEncoder().encodeToString(new byte[32]) + "\n");
            assertThatThrownBy(() -> TestServer.startIn(first.folder, "", upstream))
                    .hasMessageContaining("is not the one that sealed the secrets of this database");
            Files.writeString(file, right);
            TestServer.startIn(first.folder, "", upstream).close();
        }
    }

    @Test
    void aKeyBroughtOnOneNodeServesOnTheOthers() throws Exception {
        String url = TestPostgres.freshUrl();
        Path key = Files.createTempDirectory("faregate-key").resolve("master.key");
        String yaml = "master: {key_file: \"" + key + "\"}\n";
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                TestServer one = TestServer.startOn(url, yaml, upstream);
                TestServer two = TestServer.startOn(url, yaml, upstream)) {
            String id = TestServer.json(one.manage("POST", "/v1/byok", BRING))
                    .get("data")
                    .get("id")
                    .asString();
            Cluster.await(
                    "the other node has heard of it", () -> servedWith(two, upstream, "sk-own-planted-0123456789"));
            two.manage("DELETE", "/v1/byok/" + id, "");
            Cluster.await("and that it is gone", () -> servedWith(one, upstream, "sk-upstream-secret-sim"));
        }
    }

    private static boolean servedWith(TestServer node, ScriptedUpstream upstream, String key) {
        node.chat(TestServer.chat("test/priced", ""));
        return upstream.truth().last().header("authorization").orElse("").equals("Bearer " + key);
    }
}
