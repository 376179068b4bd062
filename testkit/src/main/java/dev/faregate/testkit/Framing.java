package dev.faregate.testkit;

import java.time.Duration;

/// How the bytes of an answer are laid out on the wire.
public record Framing(Body body, LineEnd lineEnd, Split split) {
    /// What a well-behaved server sends.
    public static final Framing USUAL = new Framing(Body.AUTO, LineEnd.LF, Split.NONE);

    /// How the end of the body is told.
    public enum Body {
        /// Chunked for streams, Content-Length for the rest.
        AUTO,
        CHUNKED,
        CONTENT_LENGTH,
        /// Neither header: the connection's end is the end.
        CLOSE
    }

    /// What ends the lines of server-sent events; all three are legal (WHATWG HTML, section 9.2.5).
    public enum LineEnd {
        LF("\n"),
        CRLF("\r\n"),
        CR("\r");

        final String text;

        LineEnd(String text) {
            this.text = text;
        }
    }

    /// Cuts what would go out in one piece into several TCP writes with a `pause` between them: after the
    /// first `first` bytes, then again after each `every` bytes (0: no further cut). With `ownHttpChunks`
    /// the cut is made inside the body, and each part becomes an HTTP chunk of its own (chunked bodies
    /// only).
    public record Split(int first, int every, boolean ownHttpChunks, Duration pause) {
        public static final Split NONE = new Split(0, 0, false, Duration.ZERO);
        private static final Duration PAUSE = Duration.ofMillis(1);

        public Split {
            if (first < 0 || every < 0) {
                throw new IllegalArgumentException("a split cannot be negative");
            }
        }

        /// Two writes, the first of `offset` bytes.
        public static Split at(int offset) {
            return new Split(offset, 0, false, PAUSE);
        }

        /// Writes of `bytes` bytes each.
        public static Split every(int bytes) {
            return new Split(bytes, bytes, false, PAUSE);
        }

        public Split inOwnHttpChunks() {
            return new Split(first, every, true, pause);
        }
    }

    public Framing body(Body body) {
        return new Framing(body, lineEnd, split);
    }

    public Framing lineEnd(LineEnd lineEnd) {
        return new Framing(body, lineEnd, split);
    }

    public Framing split(Split split) {
        return new Framing(body, lineEnd, split);
    }
}
