package dev.faregate.testkit;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a transcription is asked for, and what is heard in it: always the same, as OpenAI tells it.
///
/// @param model that is asked
/// @param verbose with timestamps
public record Transcript(String model, boolean verbose) {
    /// How long it is.
    public static final String SECONDS = "9.2";

    public static final String TEXT = "Hello, this is a \u201ctest\u201d.";

    static final String VERBOSE = "verbose_json";

    /// Completion tokens where a script says nothing.
    static final long TOKENS = 30;

    private static final Pattern MODEL = field("model", "([^\r]*)");
    private static final Pattern IS_VERBOSE = field("response_format", VERBOSE);

    private static Pattern field(String name, String value) {
        return Pattern.compile("name=\"" + name + "\"\r\n\r\n" + value + "\r\n");
    }

    /// Whether the body is a form rather than JSON.
    static boolean isUpload(byte[] body) {
        return body.length > 2 && body[0] == '-' && body[1] == '-';
    }

    static Transcript of(byte[] body) {
        String text = new String(body, StandardCharsets.ISO_8859_1);
        Matcher model = MODEL.matcher(text);
        return new Transcript(
                model.find() ? model.group(1) : "", IS_VERBOSE.matcher(text).find());
    }

    /// Whether it is billed by its seconds, as Whisper is, and not by tokens.
    boolean isTimed() {
        return model.contains("whisper");
    }

    /// The transcript, with the member for usage as it is given.
    String json(String usage) {
        if (!verbose) {
            return "{\"text\":" + Pieces.quote(TEXT) + usage + "}";
        }
        return "{\"task\":\"transcribe\",\"language\":\"english\",\"duration\":" + SECONDS + ",\"text\":"
                + Pieces.quote(TEXT)
                + ",\"segments\":[{\"id\":0,\"seek\":0,\"start\":0.0,\"end\":9.2,\"text\":\"Hello\",\"tokens\":[1],"
                + "\"temperature\":0.0,\"avg_logprob\":-0.2,\"compression_ratio\":1.1,\"no_speech_prob\":0.01}],"
                + "\"words\":[{\"word\":\"Hello\",\"start\":0.0,\"end\":0.4}]" + usage + "}";
    }
}
