package dev.faregate.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds texts that have the form of a key of ours (design D9) in a file of any size and kind.
final class KeySearch {
    /// Whatever stands before, as in a text with `\n` spelled out, and not only at the boundaries of words: `_key_` is
    /// emphasis in Markdown. The same as in deploy/scanners, which a test compares.
    private static final Pattern KEY = Pattern.compile("sk-fg-(?:v1|adm)-[0-9A-Za-z]{46}(?![0-9A-Za-z])");

    /// Bytes looked at in one piece; pieces overlap by more than a key, so none is cut in two.
    private static final int PIECE = 1 << 20;

    private static final int OVERLAP = 128;

    interface Found {
        void at(long line, String candidate);
    }

    private KeySearch() {}

    /// Calls `found` for each candidate in order. Bytes are read as Latin-1: keys are ASCII whatever the rest
    /// is.
    static void in(Path file, Found found) throws IOException {
        byte[] piece = new byte[PIECE + OVERLAP];
        int kept = 0;
        long line = 1;
        try (InputStream in = Files.newInputStream(file)) {
            while (true) {
                int read = in.readNBytes(piece, kept, piece.length - kept);
                int length = kept + read;
                boolean last = length < piece.length;
                String text = new String(piece, 0, length, StandardCharsets.ISO_8859_1);
                // A match that begins in the overlap belongs to the next piece, which sees all of it.
                int to = last ? length : length - OVERLAP;
                Matcher matcher = KEY.matcher(text);
                int counted = 0;
                while (matcher.find() && matcher.start() < to) {
                    line += lines(text, counted, matcher.start());
                    counted = matcher.start();
                    found.at(line, matcher.group());
                }
                if (last) {
                    return;
                }
                line += lines(text, counted, to);
                kept = OVERLAP;
                System.arraycopy(piece, length - OVERLAP, piece, 0, OVERLAP);
            }
        }
    }

    private static long lines(String text, int from, int to) {
        return text.substring(from, to).chars().filter(c -> c == '\n').count();
    }
}
