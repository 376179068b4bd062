package dev.faregate.skins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import dev.faregate.http.ErrorRenderer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// Text completions said as chat requests, and told from chat answers.
class CompletionsSkinTest {
    private static final String HEAD =
            "\"id\":\"gen-1\",\"object\":\"chat.completion\",\"created\":7,\"model\":\"a/b\",\"provider\":\"P\"";
    private static final String TOLD_HEAD = HEAD.replace("chat.completion", "text_completion");

    private final Telling telling = new CompletionsTelling();

    private static ObjectNode json(String text) {
        return Json.readObject(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode said(String body) {
        return Json.readObject(new CompletionsSkin().wear(json(body)).chat());
    }

    private ObjectNode whole(String chat) {
        return Json.readObject(telling.whole(json(chat)));
    }

    private ObjectNode event(String chunk) {
        ByteBuf out = Unpooled.buffer();
        telling.chunk(json(chunk), out);
        return data(out);
    }

    private static ObjectNode data(ByteBuf out) {
        String event = out.toString(StandardCharsets.UTF_8);
        assertThat(event).startsWith("data: ").endsWith("}\n\n");
        return json(event.substring("data: ".length()));
    }

    private static String tokens(String... tokens) {
        StringBuilder all = new StringBuilder();
        for (String token : tokens) {
            all.append(all.isEmpty() ? "" : ",")
                    .append("{\"token\":\"" + token
                            + "\",\"logprob\":-0.5,\"bytes\":[1],\"top_logprobs\":[{\"token\":\"" + token
                            + "\",\"logprob\":-0.5},{\"token\":\"x\",\"logprob\":-2}]}");
        }
        return "\"logprobs\":{\"content\":[" + all + "],\"refusal\":null}";
    }

    @Test
    void takesAPromptAndWhatBelongsToIt() {
        assertThat(said("{\"prompt\":[\"Hi\"],\"echo\":false,\"suffix\":null,\"logprobs\":5,\"stop\":\"x\"}"))
                .isEqualTo(json("{\"prompt\":\"Hi\",\"logprobs\":5,\"stop\":\"x\"}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | prompt",
                "{\"prompt\":null} | prompt",
                "{\"prompt\":[]} | prompt",
                "{\"prompt\":[\"a\",\"b\"]} | prompt",
                "{\"prompt\":[1,2]} | prompt",
                "{\"prompt\":\"a\",\"echo\":true} | echo",
                "{\"prompt\":\"a\",\"suffix\":\"b\"} | suffix",
                "{\"messages\":[]} | messages"
            })
    void refusesWhatAChatCannotDo(String body, String field) {
        assertThatThrownBy(() -> said(body))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error())
                                .isInstanceOfSatisfying(
                                        ApiError.BadRequest.class,
                                        bad -> assertThat(bad.param()).isEqualTo(field)));
    }

    @Test
    void tellsAWholeAnswer() {
        assertThat(whole("{" + HEAD
                        + ",\"choices\":[{\"index\":1,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\","
                        + "\"reasoning\":\"Hm\"},\"finish_reason\":\"length\",\"native_finish_reason\":\"max\"}],"
                        + "\"usage\":{\"total_tokens\":3}}"))
                .isEqualTo(json("{" + TOLD_HEAD + ",\"choices\":[{\"text\":\"Hi\",\"reasoning\":\"Hm\",\"index\":1,"
                        + "\"logprobs\":null,\"finish_reason\":\"length\",\"native_finish_reason\":\"max\"}],"
                        + "\"usage\":{\"total_tokens\":3}}"));
    }

    @Test
    void tellsTokensInFourLists() {
        ObjectNode told =
                whole("{" + HEAD + ",\"choices\":[{\"index\":0,\"message\":{\"content\":\"H\u00e4 \ud83d\ude00!\"},"
                        + tokens("H\u00e4 ", "\ud83d\ude00", "!") + ",\"finish_reason\":\"stop\"}]}");
        assertThat(told.path("choices").get(0).path("logprobs"))
                .isEqualTo(
                        json(
                                "{\"tokens\":[\"H\u00e4 \",\"\ud83d\ude00\",\"!\"],\"token_logprobs\":[-0.5,-0.5,-0.5],\"top_logprobs\":["
                                        + "{\"H\u00e4 \":-0.5,\"x\":-2},{\"\ud83d\ude00\":-0.5,\"x\":-2},{\"!\":-0.5,\"x\":-2}],\"text_offset\":[0,3,4]}"));
    }

    @Test
    void tellsAStreamWithPlacesThatGoOnForEachChoice() {
        String chunk =
                "{" + HEAD + ",\"choices\":[{\"index\":%d,\"delta\":{\"content\":\"%s\"},%s,\"finish_reason\":null}]}";
        ObjectNode first = event(chunk.formatted(0, "abc", tokens("ab", "c")));
        assertThat(first.path("object").asString()).isEqualTo("text_completion");
        assertThat(first.path("choices").get(0).path("text").asString()).isEqualTo("abc");
        assertThat(first.path("choices").get(0).path("finish_reason").isNull()).isTrue();
        event(chunk.formatted(1, "z", tokens("z")));
        ObjectNode second = event(chunk.formatted(0, "d", tokens("d")));
        assertThat(second.at("/choices/0/logprobs/text_offset")).hasToString("[3]");
        assertThat(event("{" + HEAD + ",\"choices\":[],\"usage\":{\"total_tokens\":3}}")
                        .path("usage")
                        .path("total_tokens")
                        .asInt())
                .isEqualTo(3);
    }

    @Test
    void remembersNoMoreChoicesThanARequestMayAskFor() {
        String chunk = "{" + HEAD + ",\"choices\":[{\"index\":%d,\"delta\":{}," + tokens("z") + "}]}";
        for (int i = 0; i < 128; i++) {
            event(chunk.formatted(i));
        }
        assertThatThrownBy(() -> event(chunk.formatted(128))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void tellsAnErrorInAStreamBesideAChoice() {
        event("{" + HEAD + ",\"choices\":[]}");
        ByteBuf out = Unpooled.buffer();
        telling.broken(
                ErrorRenderer.render(new ApiError.Upstream(502, "provider_unavailable", "boom", Map.of(), 0)), out);
        ObjectNode last = data(out);
        assertThat(last.path("id").asString()).isEqualTo("gen-1");
        assertThat(last.at("/choices/0/finish_reason").asString()).isEqualTo("error");
        assertThat(last.at("/error/code").asInt()).isEqualTo(502);
        assertThat(last.at("/error/message").asString()).isEqualTo("boom");
    }
}
