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
    private static final Pattern KEY = Pattern.compile("\\bsk-fg-(?:v1|adm|test)-[0-9A-Za-z]{46}\\b");

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
                // A match that begins in the overlap belongs to the next piece, which sees all of it. The first
                // character of a later piece is only there so that a word boundary before the next one can be seen.
                int from = kept == 0 ? 0 : 1;
                int to = last ? length : length - OVERLAP + 1;
                Matcher matcher = KEY.matcher(text);
                int counted = from;
                matcher.region(from, length).useTransparentBounds(true);
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
