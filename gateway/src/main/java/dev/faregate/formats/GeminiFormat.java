package dev.faregate.formats;

import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Google's Gemini API (ai.google.dev, "Generating content", "Troubleshooting"; errors as google.rpc.Status).
public final class GeminiFormat implements Format {
    private static final String KEY_IS_WRONG = "API_KEY_INVALID";
    private static final String WHEN_AGAIN = "retryDelay";
    private static final Pattern SECONDS = Pattern.compile("(\\d{1,5})(?:\\.\\d*)?s");

    /// The model is in the path; a stream comes as events only when asked for.
    @Override
    public String path(Wanted wanted) {
        String name = wanted.model().startsWith("models/") ? wanted.model().substring(7) : wanted.model();
        String model =
                "/models/" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        return model + (wanted.stream() ? ":streamGenerateContent?alt=sse" : ":generateContent");
    }

    @Override
    public Said say(ObjectNode chat, Wanted wanted) {
        boolean hidden = ReasoningWish.of(chat).hidden();
        return new Said(GeminiRequest.of(chat, wanted), new GeminiReading(hidden));
    }

    @Override
    public Refusal refusal(int status, byte[] body) {
        JsonNode error = error(body);
        // A wrong key is told like a bad request, but it is ours to mend and not the client's.
        int meant = status == 400 && detail(error, "reason").equals(KEY_IS_WRONG) ? 401 : status;
        return new Refusal(meant, told(error).body(), seconds(detail(error, WHEN_AGAIN)));
    }

    /// Whether an error is told as a `google.rpc.Status`, whose `status` is a word.
    static boolean isStatus(byte[] body) {
        return error(body).path("status").isString();
    }

    /// An error in the stream, or in place of an answer.
    static ObjectNode inBand(JsonNode error) {
        int code = error.path("code").asInt(502);
        return told(error).inBand(code >= 400 && code < 600 ? code : 502);
    }

    /// Some errors of streams come as the one element of a list.
    private static JsonNode error(byte[] body) {
        try {
            JsonNode all = Json.read(body);
            return (all.isArray() ? all.path(0) : all).path("error");
        } catch (ApiException e) {
            return JsonNodeFactory.instance.missingNode();
        }
    }

    private static ChatErrors.Told told(JsonNode error) {
        @Nullable String message = ChatErrors.text(error.path("message"));
        boolean tooLong = message != null && message.contains("exceeds the maximum number of tokens");
        return new ChatErrors.Told(
                ChatErrors.text(error.path("status")), message, tooLong ? ChatErrors.TOO_LONG : null);
    }

    /// What one of the details of an error says under that name.
    private static String detail(JsonNode error, String name) {
        for (JsonNode detail : error.path("details")) {
            if (detail.path(name).isString()) {
                return detail.path(name).stringValue();
            }
        }
        return "";
    }

    private static int seconds(String delay) {
        Matcher matcher = SECONDS.matcher(delay);
        return matcher.matches() ? Math.max(1, Integer.parseInt(matcher.group(1))) : 0;
    }
}
