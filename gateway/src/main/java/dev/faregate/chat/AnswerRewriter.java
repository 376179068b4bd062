package dev.faregate.chat;

import static dev.faregate.chat.JsonText.ascii;
import static dev.faregate.chat.JsonText.quoted;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Turns the answer of an OpenAI-compatible provider into ours, byte run by byte run, without a tree or a
/// string per chunk: our id, model and provider in place of theirs, normalised finish reasons beside the
/// native ones, usage taken out (the router writes its own), and the nulls left out that OpenRouter's SDK
/// rejects (contract 4). Unknown fields pass.
///
/// One rewriter serves one answer, on one thread.
public final class AnswerRewriter extends AnswerCodec implements WholeAnswer {
    private static final byte[] ID = ascii("id");
    private static final byte[] OBJECT = ascii("object");
    private static final byte[] CREATED = ascii("created");
    private static final byte[] MODEL = ascii("model");
    private static final byte[] PROVIDER = ascii("provider");
    private static final byte[] CHOICES = ascii("choices");
    private static final byte[] USAGE = ascii("usage");
    private static final byte[] ERROR = ascii("error");
    private static final byte[] FINGERPRINT = ascii("system_fingerprint");
    private static final byte[] DELTA = ascii("delta");
    private static final byte[] MESSAGE = ascii("message");
    private static final byte[] INDEX = ascii("index");
    private static final byte[] FINISH_REASON = ascii("finish_reason");
    private static final byte[] NATIVE_FINISH_REASON = ascii("native_finish_reason");
    private static final byte[] LOGPROBS = ascii("logprobs");
    private static final byte[] CONTENT = ascii("content");
    private static final byte[] REFUSAL = ascii("refusal");
    private static final byte[] REASONING = ascii("reasoning");
    private static final byte[] REASONING_CONTENT = ascii("reasoning_content");
    private static final byte[] TOOL_CALLS = ascii("tool_calls");

    /// More generated text is not kept; its bytes count as tokens.
    private static final int MAX_KEPT = 256 * 1024;

    private static final byte[] DATA = ascii("data: ");
    private static final byte[] EVENT_END = ascii("\n\n");
    private static final byte[] DONE = ascii("data: [DONE]\n\n");
    private static final byte[] NULL = ascii("null");
    private static final byte[] CHOICES_MEMBER = ascii(",\"choices\":");
    private static final byte[] DELTA_MEMBER = ascii("\"delta\":");
    private static final byte[] MESSAGE_MEMBER = ascii("\"message\":");
    private static final byte[] FINISH_REASON_MEMBER = ascii("\"finish_reason\":");
    private static final byte[] NATIVE_FINISH_REASON_MEMBER = ascii(",\"native_finish_reason\":");
    private static final byte[] NO_FINGERPRINT = ascii(",\"system_fingerprint\":null");
    private static final byte[] USAGE_MEMBER = ascii(",\"usage\":");
    private static final byte[] REASONING_MEMBER = ascii("\"reasoning\":");
    private static final byte[] NO_FINISH_REASON = ascii(",\"finish_reason\":null");

    /// How the usage chunk of a stream looks: contract 1.2 wants `choices: []`, and OpenAI sends that to
    /// clients who asked with `stream_options.include_usage`. Clients who did not ask may read
    /// `choices[0]` of every chunk, as OpenAI's own cookbook does (S25), so theirs has one choice with
    /// nothing in it.
    private static final byte[] USAGE_ALONE = ascii(",\"choices\":[],\"usage\":");

    private static final byte[] USAGE_BESIDE_NOTHING = ascii(
            ",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":");

    private final byte[] identity;
    private final boolean stream;
    private final JsonCursor cursor = new JsonCursor();
    private byte[] bytes = new byte[0];

    private @Nullable String nativeFinishReason;
    private long deliveredBytes;
    private byte @Nullable [] kept;
    private int keptLength;
    private long textBytesKept;
    private @Nullable AnswerTexts texts;
    private boolean finished;

    public AnswerRewriter(AnswerIdentity id, boolean stream) {
        this.stream = stream;
        String object = stream ? "chat.completion.chunk" : "chat.completion";
        this.identity = ("{\"id\":" + quoted(id.generation()) + ",\"object\":\"" + object + "\",\"created\":"
                        + id.created() + ",\"model\":" + quoted(id.model()) + ",\"provider\":" + quoted(id.provider()))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public @Nullable String nativeFinishReason() {
        return nativeFinishReason;
    }

    @Override
    public @Nullable String finishReason() {
        return nativeFinishReason == null ? null : FinishReason.normalise(nativeFinishReason);
    }

    /// Content, reasoning and tool calls.
    @Override
    public long deliveredBytes() {
        return deliveredBytes;
    }

    @Override
    public void keepText() {
        kept = new byte[512];
    }

    @Override
    public void keepTexts(AnswerTexts all) {
        texts = all;
    }

    @Override
    public @Nullable String keptText() {
        byte[] text = kept;
        if (text == null) {
            return null;
        }
        byte[] quoted = new byte[keptLength + 2];
        quoted[0] = '"';
        System.arraycopy(text, 0, quoted, 1, keptLength);
        quoted[keptLength + 1] = '"';
        return new JsonCursor().reset(quoted, 0, quoted.length).readString();
    }

    @Override
    public long bytesNotKept() {
        return deliveredBytes - textBytesKept;
    }

    /// Text of `bytes[from, to)`, a JSON string with its quotes.
    private void delivered(boolean reasoning, int from, int length) {
        if (length < 2 || bytes[from] != '"') {
            return;
        }
        deliveredBytes += length - 2;
        AnswerTexts all = texts;
        if (all != null) {
            if (reasoning) {
                all.reasoning(bytes, from + 1, length - 2);
            } else {
                all.content(bytes, from + 1, length - 2);
            }
        }
        byte[] text = kept;
        if (text == null || keptLength + length - 2 > MAX_KEPT) {
            return;
        }
        if (keptLength + length - 2 > text.length) {
            text = Arrays.copyOf(text, Math.max(text.length * 2, keptLength + length));
            kept = text;
        }
        System.arraycopy(bytes, from + 1, text, keptLength, length - 2);
        keptLength += length - 2;
        textBytesKept += length - 2;
    }

    /// True once a choice had a finish reason.
    public boolean finished() {
        return finished;
    }

    /// Rewrites the data of one event into `out`, as a whole event of ours. Returns false, leaving `out`
    /// as it was, when nothing of it is for the client (usage alone, no choices, an error). Throws
    /// [MalformedJson].
    public boolean chunk(byte[] data, int from, int to, ByteBuf out) {
        int start = out.writerIndex();
        boolean choices = false;
        try {
            out.writeBytes(DATA);
            choices = object(data, from, to, out);
            out.writeByte('}').writeBytes(EVENT_END);
        } finally {
            if (!choices) {
                // Nothing for the client, or not JSON: half an event must not stay behind.
                out.writerIndex(start);
            }
        }
        return choices;
    }

    /// Writes all into `out` but `usage` and the last brace.
    @Override
    public @Nullable String whole(byte[] data, int from, int to, ByteBuf out) {
        return object(data, from, to, out) ? null : "it has no choices";
    }

    @Override
    public void endWhole(byte[] usageJson, ByteBuf out) {
        out.writeBytes(USAGE_MEMBER).writeBytes(usageJson).writeByte('}');
    }

    /// Writes the one usage chunk and `[DONE]`: the end of a stream that is complete. `usageWanted` says
    /// that the client asked for usage and so expects a chunk without choices.
    public void endStream(byte[] usageJson, boolean usageWanted, ByteBuf out) {
        out.writeBytes(DATA).writeBytes(identity).writeBytes(usageWanted ? USAGE_ALONE : USAGE_BESIDE_NOTHING);
        out.writeBytes(usageJson).writeByte('}').writeBytes(EVENT_END).writeBytes(DONE);
    }

    /// Writes the last event of a stream that failed after its first byte (contract 1.2).
    public void errorChunk(byte[] errorJson, ByteBuf out) {
        out.writeBytes(DATA)
                .writeBytes(identity)
                .writeBytes(ascii(",\"error\":"))
                .writeBytes(errorJson);
        out.writeBytes(ascii(",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}"));
        out.writeBytes(EVENT_END);
    }

    /// Writes everything but the last brace; true when there was at least one choice.
    private boolean object(byte[] data, int from, int to, ByteBuf out) {
        bytes = data;
        cursor.reset(data, from, to);
        boolean choices = false;
        boolean choicesSeen = false;
        boolean fingerprint = false;
        out.writeBytes(identity);
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.keyIs(CHOICES) && !choicesSeen) {
                choicesSeen = true;
                out.writeBytes(CHOICES_MEMBER);
                choices = choices(out);
            } else if (cursor.keyIs(CHOICES)) {
                cursor.skipValue();
            } else if (cursor.keyIs(USAGE)) {
                TokenUsage read = UsageReader.read(cursor, bytes);
                usage = read == null ? usage : read;
            } else if (cursor.keyIs(ERROR) && !cursor.atNull()) {
                upstreamError = textOfValue();
            } else if (cursor.keyIs(ID)) {
                upstreamId = stringOr(upstreamId);
            } else if (cursor.keyIs(MODEL)) {
                upstreamModel = stringOr(upstreamModel);
            } else if (cursor.keyIs(OBJECT) || cursor.keyIs(CREATED) || cursor.keyIs(PROVIDER)) {
                cursor.skipValue();
            } else {
                fingerprint |= cursor.keyIs(FINGERPRINT) && !cursor.atNull();
                copyMember(out, true);
            }
        }
        cursor.expectEnd();
        if (!stream && !fingerprint) {
            out.writeBytes(NO_FINGERPRINT);
        }
        return choices;
    }

    private boolean choices(ByteBuf out) {
        if (cursor.peek() != '[') {
            cursor.skipValue();
            out.writeBytes(ascii("[]"));
            return false;
        }
        boolean any = false;
        out.writeByte('[');
        cursor.beginArray();
        while (cursor.nextElement()) {
            if (any) {
                out.writeByte(',');
            }
            choice(out);
            any = true;
        }
        out.writeByte(']');
        return any;
    }

    private void choice(ByteBuf out) {
        boolean index = false;
        boolean finish = false;
        boolean body = false;
        out.writeByte('{');
        int start = out.writerIndex();
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.keyIs(DELTA) || cursor.keyIs(MESSAGE)) {
                comma(out, start);
                out.writeBytes(stream ? DELTA_MEMBER : MESSAGE_MEMBER);
                message(out);
                body = true;
            } else if (cursor.keyIs(FINISH_REASON)) {
                comma(out, start);
                finishReason(out);
                finish = true;
            } else if (cursor.keyIs(NATIVE_FINISH_REASON) || (cursor.keyIs(LOGPROBS) && cursor.atNull())) {
                cursor.skipValue();
            } else {
                index |= cursor.keyIs(INDEX);
                copyMember(out, out.writerIndex() > start);
            }
        }
        if (!index) {
            comma(out, start);
            out.writeBytes(ascii("\"index\":0"));
        }
        if (!body) {
            comma(out, start);
            out.writeBytes(ascii(stream ? "\"delta\":{}" : "\"message\":{\"role\":\"assistant\",\"content\":null}"));
        }
        if (!finish) {
            out.writeBytes(NO_FINISH_REASON);
        }
        out.writeByte('}');
    }

    private void finishReason(ByteBuf out) {
        out.writeBytes(FINISH_REASON_MEMBER);
        if (cursor.peek() != '"') {
            cursor.skipValue();
            out.writeBytes(NULL);
            return;
        }
        int from = cursor.valueStart();
        String reason = cursor.readString();
        nativeFinishReason = reason;
        finished = true;
        out.writeByte('"').writeBytes(ascii(FinishReason.normalise(reason))).writeByte('"');
        out.writeBytes(NATIVE_FINISH_REASON_MEMBER).writeBytes(bytes, from, cursor.position() - from);
    }

    /// A `delta` or a `message`: nulls are left out, but a whole message keeps a null `content`, which
    /// clients expect beside tool calls.
    private void message(ByteBuf out) {
        if (cursor.peek() != '{') {
            cursor.skipValue();
            out.writeBytes(ascii("{}"));
            return;
        }
        out.writeByte('{');
        int start = out.writerIndex();
        boolean reasoning = false;
        cursor.beginObject();
        while (cursor.nextKey()) {
            boolean more = out.writerIndex() > start;
            if (cursor.atNull()) {
                if (!stream && (cursor.keyIs(CONTENT) || cursor.keyIs(REFUSAL))) {
                    key(out, more);
                    out.writeBytes(NULL);
                }
                cursor.skipValue();
            } else if (cursor.keyIs(TOOL_CALLS)) {
                key(out, more);
                int before = out.writerIndex();
                copyWithoutNulls(out);
                deliveredBytes += out.writerIndex() - before;
            } else if (cursor.keyIs(REASONING_CONTENT)) {
                // The name that DeepSeek and others use; ours is `reasoning` (contract 3.10).
                if (reasoning) {
                    cursor.skipValue();
                } else {
                    comma(out, start);
                    out.writeBytes(REASONING_MEMBER);
                    int from = cursor.valueStart();
                    delivered(true, from, copyValue(out));
                }
            } else {
                boolean reasoned = cursor.keyIs(REASONING);
                boolean text = reasoned || cursor.keyIs(CONTENT);
                reasoning |= reasoned;
                key(out, more);
                int from = cursor.valueStart();
                int length = copyValue(out);
                if (text) {
                    delivered(reasoned, from, length);
                }
            }
        }
        out.writeByte('}');
    }

    /// Copies the current member, unless its value is null.
    private void copyMember(ByteBuf out, boolean comma) {
        if (cursor.atNull()) {
            cursor.skipValue();
            return;
        }
        key(out, comma);
        copyValue(out);
    }

    private void key(ByteBuf out, boolean comma) {
        if (comma) {
            out.writeByte(',');
        }
        out.writeBytes(bytes, cursor.keyStart(), cursor.keyEnd() - cursor.keyStart())
                .writeByte(':');
    }

    private int copyValue(ByteBuf out) {
        int from = cursor.valueStart();
        cursor.skipValue();
        int length = cursor.position() - from;
        out.writeBytes(bytes, from, length);
        return length;
    }

    private void copyWithoutNulls(ByteBuf out) {
        switch (cursor.peek()) {
            case '{' -> {
                out.writeByte('{');
                int start = out.writerIndex();
                cursor.beginObject();
                while (cursor.nextKey()) {
                    if (cursor.atNull()) {
                        cursor.skipValue();
                    } else {
                        key(out, out.writerIndex() > start);
                        copyWithoutNulls(out);
                    }
                }
                out.writeByte('}');
            }
            case '[' -> {
                out.writeByte('[');
                int start = out.writerIndex();
                cursor.beginArray();
                while (cursor.nextElement()) {
                    comma(out, start);
                    copyWithoutNulls(out);
                }
                out.writeByte(']');
            }
            default -> copyValue(out);
        }
    }

    private static void comma(ByteBuf out, int start) {
        if (out.writerIndex() > start) {
            out.writeByte(',');
        }
    }

    private String textOfValue() {
        int from = cursor.valueStart();
        cursor.skipValue();
        return new String(bytes, from, cursor.position() - from, StandardCharsets.UTF_8);
    }

    private @Nullable String stringOr(@Nullable String known) {
        if (known == null && cursor.peek() == '"') {
            return cursor.readString();
        }
        cursor.skipValue();
        return known;
    }
}
