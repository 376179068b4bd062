package dev.faregate.chat;

import static dev.faregate.chat.JsonText.ascii;

import io.netty.buffer.ByteBuf;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns a transcript as OpenAI gives it into ours (contract 2.1, 4, `STTResponse`): our usage in place
/// of theirs, and the timestamps only for whoever asked for them. Unknown members pass.
public final class TranscriptionRewriter extends AnswerCodec implements WholeAnswer {
    /// What only `verbose_json` has.
    private static final Set<String> VERBOSE = Set.of("task", "language", "duration", "segments", "words");

    private static final Set<String> OURS = Set.of("usage", "error", "provider");
    private static final int MILLIS_SCALE = 3;
    private static final int MAX_DIGITS = 24;

    /// More than any format has, were all of it escaped.
    private static final int MAX_FORMAT_BYTES = 256;

    private final boolean verbose;
    private final JsonCursor cursor = new JsonCursor();
    private byte[] bytes = new byte[0];
    private long textBytes;
    private long duration = TokenUsage.NOT_SAID;
    private @Nullable AnswerTexts texts;

    TranscriptionRewriter(ChatRequest request) {
        this.verbose = isVerbose(request);
    }

    /// Whether the client wants timestamps.
    public static boolean isVerbose(ChatRequest request) {
        byte[] format = request.valueOf("response_format", MAX_FORMAT_BYTES);
        return format != null
                && format[0] == '"'
                && new JsonCursor()
                        .reset(format, 0, format.length)
                        .readString()
                        .equals(TranscriptionRequestReader.VERBOSE);
    }

    /// A token of the transcript is at least one byte of it, and so is one of a timestamp.
    @Override
    public long deliveredBytes() {
        return textBytes;
    }

    @Override
    public void keepTexts(AnswerTexts all) {
        texts = all;
    }

    @Override
    public @Nullable String whole(byte[] data, int from, int to, ByteBuf out) {
        bytes = data;
        cursor.reset(data, from, to);
        boolean seen = false;
        out.writeByte('{');
        cursor.beginObject();
        while (cursor.nextKey()) {
            String name = cursor.key();
            int start = cursor.keyStart();
            int value = cursor.valueStart();
            byte first = cursor.peek();
            if (name.equals("usage")) {
                usage = UsageReader.readTranscription(cursor, bytes);
                continue;
            }
            cursor.skipValue();
            switch (name) {
                case "text" -> {
                    if (seen || first != '"') {
                        return seen ? "it has two texts" : "its text is none";
                    }
                    seen = true;
                    heard(value + 1, cursor.position() - 1);
                }
                case "duration" -> duration = millis(value, cursor.position());
                case "error" -> upstreamError = first == 'n' ? null : string(value, cursor.position());
                case "model" -> upstreamModel = first == '"' ? string(value + 1, cursor.position() - 1) : null;
                default -> {}
            }
            if (passes(name, first)) {
                out.writeBytes(bytes, start, cursor.position() - start).writeByte(',');
            }
        }
        cursor.expectEnd();
        if (duration != TokenUsage.NOT_SAID) {
            TokenUsage said = usage == null ? TokenUsage.of(0, 0) : usage;
            // What `usage` says is what is billed, be it rounded.
            usage = said.audioMillis() == TokenUsage.NOT_SAID ? said.withAudioMillis(duration) : said;
            if (verbose) {
                out.writeBytes(ascii("\"duration\":" + seconds(duration).toPlainString() + ","));
            }
        }
        textBytes = to - from;
        return seen ? null : "it has no text";
    }

    private void heard(int from, int to) {
        if (texts != null) {
            texts.content(bytes, from, to - from);
        }
    }

    private boolean passes(String name, byte first) {
        return first != 'n' && !OURS.contains(name) && !name.equals("duration") && (verbose || !VERBOSE.contains(name));
    }

    private String string(int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    /// OpenAI has said it as a text, too.
    private long millis(int from, int to) {
        boolean quoted = bytes[from] == '"';
        return millis(string(quoted ? from + 1 : from, quoted ? to - 1 : to));
    }

    /// Seconds in milliseconds, rounded up; [TokenUsage#NOT_SAID] for what is no length of any audio.
    static long millis(String seconds) {
        try {
            BigDecimal value = seconds.length() > MAX_DIGITS ? null : new BigDecimal(seconds);
            if (value == null || value.signum() < 0 || value.precision() - value.scale() > MILLIS_SCALE * 3) {
                return TokenUsage.NOT_SAID;
            }
            return value.movePointRight(MILLIS_SCALE)
                    .setScale(0, RoundingMode.CEILING)
                    .longValueExact();
        } catch (NumberFormatException e) {
            return TokenUsage.NOT_SAID;
        }
    }

    /// Milliseconds in seconds.
    public static BigDecimal seconds(long millis) {
        return BigDecimal.valueOf(millis, MILLIS_SCALE).stripTrailingZeros();
    }

    @Override
    public void endWhole(byte[] usageJson, ByteBuf out) {
        out.writeBytes(ascii("\"usage\":")).writeBytes(usageJson).writeByte('}');
    }
}
