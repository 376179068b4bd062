package dev.faregate.chat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/// Audio in base64 as it stands in JSON, where a slash may be escaped.
final class TranscriptionAudio {
    /// What a format is called, in lower case.
    static final Pattern FORMAT = Pattern.compile("[a-z0-9]{1,16}");

    private static final int GROUP = 4;
    private static final int MAX_PADDING = 2;

    private TranscriptionAudio() {}

    /// Whether `bytes[from, to)`, the inside of a JSON string, decodes to at least one byte.
    static boolean isBase64(byte[] bytes, int from, int to) {
        long digits = 0;
        int padding = 0;
        for (int i = from; i < to; i++) {
            byte c = bytes[i];
            if (c == '=') {
                padding++;
            } else if (isDigit(c) && padding == 0) {
                digits++;
            } else if (c != '\\' || i + 1 == to || bytes[i + 1] != '/') {
                return false;
            }
        }
        boolean whole = padding == 0 ? digits % GROUP != 1 : (digits + padding) % GROUP == 0;
        return digits > 1 && padding <= MAX_PADDING && whole;
    }

    private static boolean isDigit(byte c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    }

    /// The audio itself, of what [#isBase64].
    static byte[] decoded(byte[] bytes, int from, int to) {
        ByteBuffer audio = Base64.getDecoder().decode(digits(bytes, from, to));
        return audio.remaining() == audio.array().length
                ? audio.array()
                : Arrays.copyOf(audio.array(), audio.remaining());
    }

    private static ByteBuffer digits(byte[] bytes, int from, int to) {
        ByteBuffer whole = ByteBuffer.wrap(bytes, from, to - from);
        int escape = from;
        while (escape < to && bytes[escape] != '\\') {
            escape++;
        }
        if (escape == to) {
            return whole;
        }
        ByteBuffer digits = ByteBuffer.allocate(to - from);
        for (int i = from; i < to; i++) {
            if (bytes[i] != '\\') {
                digits.put(bytes[i]);
            }
        }
        return digits.flip();
    }
}
