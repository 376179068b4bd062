package dev.faregate.chat;

import java.nio.charset.StandardCharsets;
import tools.jackson.core.io.JsonStringEncoder;

/// Pieces of JSON text that are written between runs of somebody else's bytes.
final class JsonText {
    private JsonText() {}

    /// The text as a JSON string, quotes included.
    static String quoted(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsCharArray(text)) + "\"";
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
