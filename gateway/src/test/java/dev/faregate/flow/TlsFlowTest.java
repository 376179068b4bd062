package dev.faregate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.Faregate;
import dev.faregate.server.Config;
import dev.faregate.server.Environment;
import dev.faregate.testkit.Exchange;
import dev.faregate.testkit.Script;
import dev.faregate.testkit.ScriptedUpstream;
import dev.faregate.testkit.SelfSigned;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A whole server that speaks HTTPS itself.
class TlsFlowTest {
    private static final SelfSigned IDENTITY = SelfSigned.create();

    @TempDir
    Path folder = Path.of("");

    private Faregate start(ScriptedUpstream upstream) throws Exception {
        Files.writeString(folder.resolve("key.pem"), IDENTITY.keyPem());
        Files.writeString(folder.resolve("certificate.pem"), IDENTITY.pem());
        Files.writeString(
                folder.resolve("faregate.yaml"),
                TestServer.yaml(upstream) + "tls: {certificate: certificate.pem, key: key.pem}\n");
        Map<String, String> flags = Map.of("port", "0", "admin.port", "0", "data", "data", "disk.reserve", "0");
        Map<String, String> variables = Map.of("FAREGATE_BOOTSTRAP_KEY", TestServer.INFERENCE_KEY);
        return Faregate.start(Config.load(new Config.Sources(flags, new Environment(variables), folder)));
    }

    private static SSLContext trusting() throws Exception {
        return SelfSigned.trusting(List.of(IDENTITY.certificate()));
    }

    private static byte[] chat(String more) {
        String body = TestServer.chat("test/stops", more);
        return ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + TestServer.INFERENCE_KEY + "\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void answersStreamsAndPagesByHttpsOnly() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                Faregate server = start(upstream);
                HttpClient client =
                        HttpClient.newBuilder().sslContext(trusting()).build()) {
            assertThat(server.url()).isEqualTo("https://127.0.0.1:" + server.port());
            upstream.script(Script.answer().chunks(50));
            HttpResponse<String> stream = client.send(
                    HttpRequest.newBuilder(URI.create(server.url() + "/v1/chat/completions"))
                            .header("Authorization", "Bearer " + TestServer.INFERENCE_KEY)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(
                                    TestServer.chat("test/priced", "\"stream\":true")))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(stream.statusCode()).isEqualTo(200);
            assertThat(stream.body()
                            .lines()
                            .filter(line -> line.startsWith("data: {"))
                            .count())
                    .isGreaterThanOrEqualTo(50);
            assertThat(stream.body()).contains("\"cost\":").endsWith("data: [DONE]\n\n");

            HttpResponse<String> page = client.send(
                    HttpRequest.newBuilder(URI.create(server.url() + "/sign-in"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("Strict-Transport-Security")).contains("max-age=31536000");
            assertThat(page.headers().allValues("Set-Cookie"))
                    .isNotEmpty()
                    .allSatisfy(
                            cookie -> assertThat(cookie).startsWith("__Host-").contains("; Secure"));

            HttpResponse<String> plain = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/models"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(plain.statusCode()).isEqualTo(400);
            assertThat(plain.body()).contains("https://");
        }
    }

    /// The provider is hung up on within a second, whether the client says goodbye or is simply gone.
    @Test
    void noticesAClientThatLeavesDuringSilence() throws Exception {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                Faregate server = start(upstream)) {
            upstream.script(Script.answer().latency(Duration.ofSeconds(30)));
            SSLContext context = trusting();
            for (int i = 1; i <= 2; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                SSLSocket over =
                        (SSLSocket) context.getSocketFactory().createSocket(socket, "localhost", server.port(), true);
                over.getOutputStream().write(chat("\"stream\":true"));
                upstream.truth().awaitCount(i, TestServer.PATIENCE);
                long left = System.nanoTime();
                if (i == 1) {
                    over.close();
                } else {
                    socket.setSoLinger(true, 0);
                    socket.close();
                }
                Exchange gone =
                        upstream.truth().awaitFinished(i, TestServer.PATIENCE).getLast();
                assertThat(gone.outcome()).isEqualTo(Exchange.Outcome.CLIENT_GONE);
                // A busy machine may itself be late; without noticing it would be thirty seconds.
                assertThat(Duration.ofNanos(System.nanoTime() - left)).isLessThan(Duration.ofSeconds(5));
            }
        }
    }
}
