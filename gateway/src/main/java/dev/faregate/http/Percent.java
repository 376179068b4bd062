package dev.faregate.http;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Percent-decoding (RFC 3986 section 2.1), once and strictly: a broken escape or bytes that are not UTF-8 are refused
/// with a 400, never guessed at.
final class Percent {
    private Percent() {}

    /// Decodes `text[from, to)`; `plusIsSpace` as forms want it (query strings).
    static String decode(String text, int from, int to, boolean plusIsSpace) {
        boolean plain = true;
        for (int i = from; i < to && plain; i++) {
            char c = text.charAt(i);
            plain = c != '%' && !(plusIsSpace && c == '+');
        }
        if (plain) {
            return text.substring(from, to);
        }
        byte[] bytes = new byte[to - from];
        int length = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c == '%') {
                bytes[length++] = (byte) escape(text, i, to);
                i += 2;
            } else {
                bytes[length++] = (byte) (plusIsSpace && c == '+' ? ' ' : c);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw refused("The request has percent escapes that are not UTF-8.");
        }
    }

    /// The byte that the escape at `at` stands for; refused unless two hexadecimal digits follow before `end`.
    static int escape(String text, int at, int end) {
        if (at + 2 < end) {
            int high = hex(text.charAt(at + 1));
            int low = hex(text.charAt(at + 2));
            if (high >= 0 && low >= 0) {
                return high << 4 | low;
            }
        }
        throw refused("The request has a broken percent escape.");
    }

    /// Not `Character.digit`, which knows the digits of every script.
    private static int hex(char c) {
        if (c >= '0' && c <= '9') {
            return c - '0';
        }
        char lower = (char) (c | 0x20);
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    static ApiException refused(String message) {
        return new ApiException(new ApiError.BadRequest(message, null));
    }
}
