package dev.faregate.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.ApiError;
import dev.faregate.base.Ids;
import dev.faregate.base.Json;
import dev.faregate.chat.AnswerIdentity;
import dev.faregate.chat.AnswerRewriter;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ChatRequestReader;
import dev.faregate.keys.Caller;
import dev.faregate.keys.Rig;
import dev.faregate.storage.Database;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What is kept of a request and its answer, and that nothing waits for it.
class ContentLogTest {
    private final Rig rig = new Rig(Database.Kind.SQLITE);
    private final Caller caller = rig.caller(rig.inference);

    private static ChatRequest request(String body) {
        byte[] bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(bytes, 0, bytes.length);
    }

    private static ContentCapture capture(String body) {
        return new ContentCapture(Ids.next(), request(body));
    }

    private static void chunks(ContentCapture capture, String... chunks) {
        AnswerRewriter rewriter = new AnswerRewriter(new AnswerIdentity("gen-1", "m", "P", 0), true);
        rewriter.keepTexts(capture.answer());
        ByteBuf out = Unpooled.buffer();
        for (String chunk : chunks) {
            byte[] bytes = ("{'choices':[{'index':0,'delta':" + chunk + "}]}")
                    .replace('\'', '"')
                    .getBytes(StandardCharsets.UTF_8);
            rewriter.chunk(bytes, 0, bytes.length, out);
        }
    }

    @Test
    void keepsMessagesByteForByteAndTextsDecoded() {
        ContentCapture capture = capture("{'model':'m','messages':[ {'role':'user','content':'\\u00e9 \\n'} ],'x':1}");
        chunks(
                capture,
                "{'role':'assistant','content':'a\\n'}",
                "{'reasoning':'th'}",
                "{'reasoning_content':'ink'}",
                "{'content':'\\ud83d'}",
                "{'content':'\\ude00 ü'}");
        assertThat(capture.input()).isEqualTo("{\"messages\":[ {\"role\":\"user\",\"content\":\"\\u00e9 \\n\"} ]}");
        assertThat(capture.completion()).isEqualTo("a\n😀 ü");
        assertThat(capture.reasoning()).isEqualTo("think");
    }

    @Test
    void keepsPromptsAndNothingOfAnAttemptThatFailed() {
        ContentCapture capture = capture("{'model':'m','prompt':'once'}");
        chunks(capture, "{'content':'first attempt'}");
        chunks(capture, "{'role':'assistant'}");
        assertThat(capture.input()).isEqualTo("{\"prompt\":\"once\"}");
        assertThat(capture.completion()).isNull();
        assertThat(capture.reasoning()).isNull();
    }

    @Test
    void cutsWhatIsTooLongAndStaysValid() {
        String long1 = "\\u00e9".repeat(ContentCapture.MAX_INPUT / 5);
        ContentCapture capture = capture("{'model':'m','messages':[{'role':'user','content':'" + long1 + "'}]}");
        String piece = "x".repeat(60_000);
        for (int i = 0; i < 1; i++) {
            chunks(
                    capture,
                    "{'content':'" + piece + "'}",
                    "{'content':'" + piece + "'}",
                    "{'content':'" + piece + "'}",
                    "{'content':'" + piece + "'}",
                    "{'content':'" + piece + "'}");
        }
        JsonNode input = Json.read(capture.input().getBytes(StandardCharsets.UTF_8));
        assertThat(input.path("prompt").asString()).endsWith("[...]").hasSizeLessThan(ContentCapture.MAX_INPUT + 10);
        assertThat(capture.completion()).endsWith("x[...]").hasSize(240_005);
        assertThat(capture.bytes()).isLessThan(2L * ContentCapture.MAX_INPUT + 10);
    }

    @Test
    void tellsWhyARequestFailed() {
        ContentCapture capture = capture("{'model':'m','messages':[{'role':'user','content':'x'}]}");
        Generation generation = Generations.full(caller);
        assertThat(capture.error(generation)).isNull();
        capture.failed(new ApiError.Upstream(
                502, "provider_unavailable", "Incorrect key sk-abcdefghijklmnop", java.util.Map.of(), 0));
        JsonNode error =
                Json.read(Objects.requireNonNull(capture.error(generation)).getBytes(StandardCharsets.UTF_8));
        assertThat(error.path("status").asInt()).isEqualTo(502);
        assertThat(error.path("message").asString()).isEqualTo("Incorrect key [redacted]");
        assertThat(Rig.typesOf(error, "provider_name", "raw", "previous_errors"))
                .isEqualTo("s0a");
    }

    @Test
    void storesBehindTheRequestAndDropsWhatFindsNoRoom() throws InterruptedException {
        CountDownLatch stuck = new CountDownLatch(1);
        Thread holder = Thread.ofVirtual()
                .start(() -> rig.database.write(tx -> {
                    try {
                        return stuck.await(10, java.util.concurrent.TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }));
        ContentLog log = ContentLog.start(rig.database, ContentLogging.sample(ContentLogging.ALL));
        String body = "{'model':'m','messages':[{'role':'user','content':'" + "x".repeat(200_000) + "'}]}";
        ChatRequest request = request(body);
        List<UUID> kept = new ArrayList<>();
        int asked = 0;
        while (log.dropped() == 0) {
            UUID id = Ids.next();
            ContentCapture capture = log.begin(caller, id, request);
            if (capture != null) {
                log.end(
                        capture,
                        Generations.of(caller, rig.clock.instant()).id(id).build());
                kept.add(id);
            }
            assertThat(++asked).isLessThan(5_000);
        }
        assertThat(kept).hasSizeBetween(300, 400);
        stuck.countDown();
        holder.join();
        log.close();
        assertThat(log.stored()).isEqualTo(kept.size());
        long rows = rig.database.read(tx -> (long) tx.sql()
                .fetchCount(tx.sql()
                        .selectFrom("generation_content")
                        .where("id = ?", kept.getLast().toString())));
        assertThat(rows).isEqualTo(1);
        rig.database.write(tx -> tx.sql().execute("DELETE FROM generation_content"));
    }

    @Test
    void takesASampleByTheIdOfTheGeneration() {
        assertThat(ContentLogging.sample(0)).isSameAs(ContentLogging.OFF);
        ContentLogging tenth = ContentLogging.sample(ContentLogging.ALL / 10);
        int kept = 0;
        for (int i = 0; i < 10_000; i++) {
            kept += tenth.keeps(caller, UUID.randomUUID()) ? 1 : 0;
        }
        assertThat(kept).isBetween(800, 1_200);
    }
}
