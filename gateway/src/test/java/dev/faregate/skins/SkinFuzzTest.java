package dev.faregate.skins;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.chat.ChatRequestReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Whatever clients and providers send to a skin. Plain test runs replay the checked-in seeds; `JAZZER_FUZZ=1` looks
/// for new inputs.
class SkinFuzzTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);
    private static final ChatRequestReader.Limits LIMITS = ChatRequestReader.Limits.DEFAULTS;

    /// Any body is said as a chat request that can be read, or refused with a 400 that says what is wrong.
    @FuzzTest(maxDuration = "60s")
    void anyBodyIsSaidOrRefused(byte[] body) {
        for (Skin skin : List.of(new MessagesSkin(), new ResponsesSkin(CLOCK, 100), new CompletionsSkin())) {
            try {
                byte[] chat = skin.wear(Json.readObject(body)).chat();
                new ChatRequestReader(LIMITS).read(chat, 0, chat.length);
            } catch (ApiException e) {
                assertThat(e.error())
                        .isInstanceOfSatisfying(
                                ApiError.BadRequest.class,
                                bad -> assertThat(bad.message()).isNotBlank());
            }
        }
    }

    /// Any chunks, one a line, are told in whole events that are JSON, or cannot be told.
    @FuzzTest(maxDuration = "60s")
    void anyChunksAreToldOrNot(byte[] lines) {
        for (Telling telling : tellings()) {
            ByteBuf out = Unpooled.buffer();
            try {
                for (String line : new String(lines, StandardCharsets.UTF_8).split("\n")) {
                    telling.chunk(answer(line), out);
                }
            } catch (JacksonException | IllegalStateException e) {
                // What the stream ends with then is not the skin's.
            }
            telling.done(out);
            for (String event : out.toString(StandardCharsets.UTF_8).split("\n\n")) {
                String data = event.substring(event.indexOf("data: ") + "data: ".length());
                assertThat(data.equals("[DONE]") || answer(data).has("type"))
                        .as(event)
                        .isTrue();
            }
        }
    }

    /// Any document is told as one, or cannot be told.
    @FuzzTest(maxDuration = "60s")
    void anyAnswerIsToldOrNot(byte[] document) {
        for (Telling telling : tellings()) {
            try {
                JsonNode told = Json.readObject(telling.whole(answer(new String(document, StandardCharsets.UTF_8))));
                assertThat(told.has("usage")).isTrue();
            } catch (JacksonException | IllegalStateException e) {
                // It is no JSON, or there are no words for it.
            }
        }
    }

    private static List<Telling> tellings() {
        ObjectNode asked = JsonNodeFactory.instance.objectNode().put("input", "Hi");
        return List.of(new MessagesTelling(), new ResponsesTelling(new ResponsesEcho(asked), CLOCK));
    }

    private static JsonNode answer(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return Json.readAnswer(bytes, 0, bytes.length);
    }
}
