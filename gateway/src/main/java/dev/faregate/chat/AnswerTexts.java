package dev.faregate.chat;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Keeps what an answer says, up to a bound: its content and its reasoning, each as the inside of a
/// JSON string. Fed by an [AnswerRewriter] on the event loop; read once, later and elsewhere. The
/// choices of one answer are not told apart.
public final class AnswerTexts {
    private final int maxBytes;
    private final Text content = new Text();
    private final Text reasoning = new Text();

    /// `maxBytes`: of each text, as JSON.
    public AnswerTexts(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    void content(byte[] bytes, int from, int length) {
        content.add(bytes, from, length);
    }

    void reasoning(byte[] bytes, int from, int length) {
        reasoning.add(bytes, from, length);
    }

    /// Bytes that are kept.
    public int bytes() {
        return content.length + reasoning.length;
    }

    /// The content, cut where it got too long; null when there was none.
    public @Nullable String content() {
        return content.decoded();
    }

    public @Nullable String reasoning() {
        return reasoning.decoded();
    }

    private final class Text {
        private byte[] bytes = new byte[0];
        private int length;
        private boolean full;

        void add(byte[] from, int offset, int count) {
            // Whole pieces only: a cut in the midst of an escape would not be JSON.
            full |= length + count > maxBytes;
            if (full || count == 0) {
                return;
            }
            if (length + count > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.min(maxBytes, Math.max(length + count, bytes.length * 2)));
            }
            System.arraycopy(from, offset, bytes, length, count);
            length += count;
        }

        @Nullable
        String decoded() {
            if (length == 0 && !full) {
                return null;
            }
            byte[] quoted = new byte[length + 2];
            quoted[0] = '"';
            System.arraycopy(bytes, 0, quoted, 1, length);
            quoted[length + 1] = '"';
            String text = new JsonCursor().reset(quoted, 0, quoted.length).readString();
            return full ? text + "[...]" : text;
        }
    }
}
