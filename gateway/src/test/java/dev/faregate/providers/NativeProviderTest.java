package dev.faregate.providers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ChatRequestReader;
import dev.faregate.formats.AnthropicFormat;
import dev.faregate.models.Catalogue;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.ModelEndpoint;
import dev.faregate.models.Resolution;
import dev.faregate.models.UpstreamProvider;
import dev.faregate.testkit.ScriptedUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Calls in a provider's own format whose request is said off the loop.
class NativeProviderTest {
    private static final Catalogue SHIPPED = CatalogueReader.shipped();
    private static final UpstreamProvider ANTHROPIC =
            SHIPPED.findProvider("anthropic").orElseThrow();

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final UpstreamRig rig = UpstreamRig.standard();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @AfterEach
    void stop() {
        rig.close();
        upstream.close();
    }

    private final class Ears implements UpstreamListener {
        @Override
        public void onHead(int status, HttpHeaders headers) {
            heard.add("head " + status);
        }

        @Override
        public void onBody(ByteBuf bytes) {
            heard.add(bytes.toString(StandardCharsets.UTF_8));
            bytes.release();
        }

        @Override
        public void onEnd() {
            heard.add("end");
        }

        @Override
        public void onFailure(UpstreamFailure failure) {
            heard.add("failure " + failure.kind());
        }
    }

    private ProviderCall prepare() {
        return prepare(upstream.baseUrl());
    }

    private ProviderCall prepare(URI baseUrl) {
        return new NativeProvider(
                        ANTHROPIC,
                        rig.client,
                        new AnthropicFormat(),
                        baseUrl,
                        RequestHeaders.NONE,
                        null,
                        UpstreamRig.QUICK)
                .prepare(rig.loop, new Ears());
    }

    private static ModelEndpoint endpoint() {
        Resolution.Found found = (Resolution.Found) SHIPPED.resolve("anthropic/claude-sonnet-4.5");
        return found.model().endpoints().getFirst();
    }

    private static Outgoing outgoing(ByteBuf body) {
        ChatRequest request =
                new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(body.array(), 0, body.readableBytes());
        return new Outgoing(request, body, endpoint(), 100, null);
    }

    private static ByteBuf large() {
        String text = "x".repeat(2 * TranslatedCall.SAY_ON_LOOP_BYTES);
        return Unpooled.copiedBuffer(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}", StandardCharsets.UTF_8);
    }

    @Test
    void saysALargeRequestOffTheLoop() throws Exception {
        ByteBuf body = large();
        rig.onLoop(() -> {
            prepare().send(outgoing(body));
            return upstream.truth().count();
        });
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("head 200");
        assertThat(heard.poll(20, TimeUnit.SECONDS)).contains("\"choices\"");
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("end");
        assertThat(upstream.truth().last().target()).isEqualTo("/v1/messages");
        assertThat(body.refCnt()).isOne();
    }

    /// The loop is not let go between the two, so the request is said, if at all, when the call is over.
    @Test
    void sendsNothingAfterItWasGivenUp() throws Exception {
        ByteBuf body = large();
        rig.onLoop(() -> {
            ProviderCall call = prepare();
            call.send(outgoing(body));
            call.cancel();
            return call;
        });
        UpstreamRig.eventually(() -> body.refCnt() == 1);
        rig.onLoop(() -> 0);
        assertThat(upstream.truth().count()).isZero();
        assertThat(heard).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"'', /messages", "/, /messages", "/v1, /v1/messages", "/a/v1/, /a/v1/messages"})
    void asksBelowTheBaseUrl(String base, String target) throws Exception {
        ByteBuf body = Unpooled.copiedBuffer(
                "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", StandardCharsets.UTF_8);
        URI url = URI.create("http://127.0.0.1:" + upstream.port() + base);
        rig.onLoop(() -> {
            prepare(url).send(outgoing(body));
            return 0;
        });
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("head 200");
        assertThat(upstream.truth().last().target()).isEqualTo(target);
    }

    @Test
    void tellsARefusalOfOursAsAnAnswer() throws Exception {
        ByteBuf body = Unpooled.copiedBuffer(
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\"}]}]}",
                StandardCharsets.UTF_8);
        rig.onLoop(() -> {
            prepare().send(outgoing(body));
            assertThat(heard).as("not from inside of a method of the call").isEmpty();
            return 0;
        });
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("head 400");
        assertThat(heard.poll(20, TimeUnit.SECONDS)).contains("messages[0].content[0].type");
        assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("end");
        assertThat(upstream.truth().count()).isZero();
    }
}
