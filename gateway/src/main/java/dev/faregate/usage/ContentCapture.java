package dev.faregate.usage;

import dev.faregate.base.ApiError;
import dev.faregate.base.JsonWriter;
import dev.faregate.base.Redaction;
import dev.faregate.chat.AnswerTexts;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.RequestKind;
import dev.faregate.http.ErrorRenderer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What one request says and is answered, while it runs. Belongs to the request's event loop until it
/// is given to the [ContentLog]; made only for requests that are to be stored.
public final class ContentCapture {
    /// Largest prompt, in bytes of JSON; of a larger one the beginning is stored, as text.
    static final int MAX_INPUT = 256 * 1024;

    /// Largest content, and largest reasoning, in bytes of JSON; more is left out.
    static final int MAX_ANSWER = 256 * 1024;

    /// An attempt that got no answer counts as this.
    private static final int NO_ANSWER = 502;

    private final UUID id;
    private final byte[] input;
    private final boolean asText;
    private final boolean messages;
    private AnswerTexts texts = new AnswerTexts(MAX_ANSWER);
    private @Nullable ApiError error;

    ContentCapture(UUID id, ChatRequest request) {
        this.id = id;
        RequestKind kind = request.facts().kind();
        this.asText = kind != RequestKind.CHAT;
        this.messages = !asText && request.names().contains("messages");
        this.input = switch (kind) {
            case CHAT -> sent(request, messages ? "messages" : "prompt");
            case EMBEDDINGS -> sent(request, "input");
            case RERANK -> ranked(request);
            case IMAGES, TRANSCRIPTIONS -> sent(request, "prompt");
        };
    }

    private static byte[] sent(ChatRequest request, String member) {
        byte[] json = request.copy(member, MAX_INPUT + 1);
        return json == null ? new byte[] {'"', '"'} : json;
    }

    private static byte[] ranked(ChatRequest request) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        json.writeBytes("{\"query\":".getBytes(StandardCharsets.US_ASCII));
        json.writeBytes(sent(request, "query"));
        json.writeBytes(",\"documents\":".getBytes(StandardCharsets.US_ASCII));
        json.writeBytes(sent(request, "documents"));
        json.write('}');
        return json.toByteArray();
    }

    /// Where the texts of the next attempt's answer go; those of a former attempt are forgotten.
    public AnswerTexts answer() {
        texts = new AnswerTexts(MAX_ANSWER);
        return texts;
    }

    /// What the client heard instead of an answer, or in its midst.
    public void failed(@Nullable ApiError why) {
        error = why;
    }

    int inputBytes() {
        return input.length;
    }

    /// Bytes of memory that it takes, roughly.
    long bytes() {
        return input.length + (long) texts.bytes();
    }

    UUID id() {
        return id;
    }

    /// `input` of contract 2.3, as JSON. It knows one text or messages; lists that were embedded,
    /// and what was ranked, are told as the text of their JSON.
    String input() {
        String json = new String(input, 0, Math.min(input.length, MAX_INPUT), StandardCharsets.UTF_8);
        if (input.length > MAX_INPUT) {
            return prompt(json + "[...]");
        }
        if (asText && !json.startsWith("\"")) {
            return prompt(json);
        }
        return messages || !json.startsWith("\"") ? "{\"messages\":" + json + "}" : "{\"prompt\":" + json + "}";
    }

    private static String prompt(String text) {
        return new JsonWriter().beginObject().text("prompt", text).endObject().toString();
    }

    @Nullable
    String completion() {
        return texts.content();
    }

    @Nullable
    String reasoning() {
        return texts.reasoning();
    }

    /// `error` of contract 2.3, as JSON; null when the request did not fail. Provider's bodies are not kept.
    @Nullable
    String error(Generation generation) {
        ApiError why = error;
        if (why == null) {
            return null;
        }
        var wire = ErrorRenderer.render(why);
        JsonWriter json = new JsonWriter()
                .beginObject()
                .number("status", wire.status())
                .text("message", Redaction.apply(wire.message()));
        text(json, "provider_name", generation.route().providerName());
        json.nothing("raw").beginArray("previous_errors");
        List<Generation.Attempt> failed = generation.attempts().stream()
                .filter(attempt -> attempt.status() == null || attempt.status() != 200)
                .toList();
        for (Generation.Attempt attempt : failed.subList(0, Math.max(0, failed.size() - 1))) {
            json.beginObject()
                    .number("code", attempt.status() == null ? NO_ANSWER : attempt.status())
                    .text("message", "Provider returned error");
            text(json, "provider_name", attempt.providerName());
            json.nothing("raw").endObject();
        }
        return json.endArray().endObject().toString();
    }

    private static void text(JsonWriter json, String name, @Nullable String value) {
        if (value == null) {
            json.nothing(name);
        } else {
            json.text(name, value);
        }
    }
}
