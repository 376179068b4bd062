package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.testkit.ScriptedUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A provider inside, whose certificate the operator's own authority signed.
@Timeout(120)
class OwnAuthorityFlowTest {
    @TempDir
    private Path folder;

    @Test
    void aProviderOfOnesOwnAuthorityAnswersWhereItIsTrustedAndIsNotAskedElsewhere() throws IOException {
        try (ScriptedUpstream inside = ScriptedUpstream.start(ScriptedUpstream.Options.DEFAULT.withTls())) {
            try (TestServer stranger = TestServer.start(inside)) {
                assertThat(stranger.chat(TestServer.chat("test/priced", "")).statusCode())
                        .isEqualTo(502);
                assertThat(inside.truth().all()).isEmpty();
            }
            Files.writeString(folder.resolve("inside.pem"), inside.certificatePem());
            try (TestServer trusting = TestServer.startIn(folder, "egress.ca_file: inside.pem\n", inside)) {
                assertThat(trusting.chat(TestServer.chat("test/priced", "")).statusCode())
                        .isEqualTo(200);
            }
            assertThat(inside.truth().all()).hasSize(1);
        }
    }
}
