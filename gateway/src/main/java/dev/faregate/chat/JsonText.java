package dev.faregate.chat;

import dev.faregate.base.JsonWriter;
import java.nio.charset.StandardCharsets;

/// Pieces of JSON text that are written between runs of somebody else's bytes.
final class JsonText {
    private JsonText() {}

    /// The text as a JSON string, quotes included.
    static String quoted(String text) {
        return JsonWriter.quoted(text);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
