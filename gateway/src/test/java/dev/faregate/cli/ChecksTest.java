package dev.faregate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.server.Config;
import dev.faregate.testkit.SelfSigned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChecksTest {
    @TempDir
    Path folder = Path.of("");

    private Config.Tls files(SelfSigned shown, SelfSigned owner) throws IOException {
        Files.writeString(folder.resolve("certificate.pem"), shown.pem());
        Files.writeString(folder.resolve("key.pem"), owner.keyPem());
        return new Config.Tls(folder.resolve("certificate.pem"), folder.resolve("key.pem"));
    }

    @Test
    void saysHowLongACertificateIsGood() throws IOException {
        SelfSigned own = SelfSigned.create();
        Config.Tls files = files(own, own);
        Instant end = own.certificate().getNotAfter().toInstant();
        assertThat(Checks.certificate(files, end.minus(Duration.ofDays(8))))
                .isEqualTo(
                        new Checks.Finding("certificate", Checks.Status.OK, files.certificate() + " ends at " + end));
        assertThat(Checks.certificate(files, end.minus(Duration.ofDays(6))).status())
                .isEqualTo(Checks.Status.WARN);
        assertThat(Checks.certificate(files, end.plusSeconds(1)))
                .isEqualTo(new Checks.Finding(
                        "certificate", Checks.Status.FAIL, files.certificate() + " ended at " + end));
    }

    @Test
    void saysWhatIsWrongWithACertificate() throws IOException {
        Config.Tls files = files(SelfSigned.create(), SelfSigned.create());
        assertThat(Checks.certificate(files, Instant.now()).text())
                .isEqualTo(files.certificate() + ": The private key is not the one of the first certificate.");
        Files.delete(files.key());
        assertThat(Checks.certificate(files, Instant.now()).status()).isEqualTo(Checks.Status.FAIL);
    }
}
