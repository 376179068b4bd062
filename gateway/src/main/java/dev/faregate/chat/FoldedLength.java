package dev.faregate.chat;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/// How long a JSON text gets when a tokenizer folds its characters before it cuts them into tokens
/// (Unicode Standard Annex 15): U+FDFA, three bytes, becomes 33. A byte-level token is at least one byte
/// of what the tokenizer sees, so the longest form is the bound.
final class FoldedLength {
    /// No character gets longer than this many times its UTF-8 bytes in any form (Unicode, "Normalization
    /// FAQ": NFKC, UTF-8).
    private static final int MOST_GROWTH = 11;

    /// An escape, `\ uFDFA` without the space, can become this many bytes.
    private static final int MOST_BYTES_OF_ESCAPE = 33;

    /// Texts of up to this many bytes are folded where they stand: well below a millisecond.
    private static final int EXACT_BELOW = 16 * 1024;

    private FoldedLength() {}

    /// The exact length of a short or plain text, a bound for a long one. Never below `to - from`.
    static long quick(byte[] body, int from, int to) {
        long exotic = 0;
        long escapes = 0;
        for (int i = from; i < to; i++) {
            if (body[i] < 0) {
                exotic++;
            } else if (body[i] == 'u' && i > from && body[i - 1] == '\\') {
                escapes++;
            }
        }
        if (exotic == 0 && escapes == 0) {
            return to - from;
        }
        if (to - from <= EXACT_BELOW) {
            return exact(body, from, to);
        }
        return (to - from) + exotic * (MOST_GROWTH - 1) + escapes * MOST_BYTES_OF_ESCAPE;
    }

    /// The longest of the text as it is and of its forms NFC and NFKC, in UTF-8 bytes.
    static long exact(byte[] body, int from, int to) {
        String text = unescaped(body, from, to);
        long most = to - from;
        for (Normalizer.Form form : new Normalizer.Form[] {Normalizer.Form.NFC, Normalizer.Form.NFKC}) {
            if (!Normalizer.isNormalized(text, form)) {
                most = Math.max(most, utf8Length(Normalizer.normalize(text, form)));
            } else {
                most = Math.max(most, utf8Length(text));
            }
        }
        return most;
    }

    /// The text with its `u` escapes decoded; all others stay, being longer than what they mean.
    private static String unescaped(byte[] body, int from, int to) {
        String text = new String(body, from, to - from, StandardCharsets.UTF_8);
        if (text.indexOf("\\u") < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c != '\\' || at + 1 >= text.length()) {
                out.append(c);
                at++;
            } else if (text.charAt(at + 1) == 'u' && at + 6 <= text.length()) {
                out.append((char) Integer.parseInt(text, at + 2, at + 6, 16));
                at += 6;
            } else {
                out.append(c).append(text.charAt(at + 1));
                at += 2;
            }
        }
        return out.toString();
    }

    /// Half a surrogate pair counts as the three bytes of the replacement character.
    private static long utf8Length(String text) {
        long length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                length++;
            } else if (c < 0x800) {
                length += 2;
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                length += 4;
                i++;
            } else {
                length += 3;
            }
        }
        return length;
    }
}
