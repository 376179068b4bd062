package dev.faregate.chat;

import static dev.faregate.chat.JsonText.ascii;
import static dev.faregate.chat.JsonText.quoted;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns an embeddings answer in OpenAI's format into ours while its bytes pass: our id, model, provider and usage in
/// place of theirs. An answer may be megabytes of numbers, so these are checked and counted as they arrive and then
/// sent as they came, byte for byte, be they floats or base64. Unknown members pass.
public final class EmbeddingsRewriter extends AnswerCodec implements PassedAnswer {
    /// Members of an answer; providers send five.
    static final int MAX_MEMBERS = 256;

    private static final Set<String> READ = Set.of("id", "model", "usage", "error");
    private static final Set<String> OURS = Set.of("id", "object", "model", "provider", "usage", "error");
    private static final byte[] USAGE_MEMBER = ascii(",\"usage\":");

    private final byte[] identity;
    private final int inputs;
    private final List<JsonPieces.Place> passed = new ArrayList<>(2);
    private final JsonPieces pieces = new JsonPieces(new JsonPieces.Members() {
        @Override
        public boolean keeps(String name) {
            return READ.contains(name);
        }

        @Override
        public void member(JsonPieces.Place place, byte @Nullable [] value) {
            EmbeddingsRewriter.this.member(place, value);
        }
    });

    private int embeddings = -1;
    private boolean keepsText;

    /// `inputs`: so many embeddings were asked for.
    EmbeddingsRewriter(AnswerIdentity id, int inputs) {
        this.inputs = inputs;
        this.identity = ("{\"id\":" + quoted(id.generation()) + ",\"object\":\"list\",\"model\":" + quoted(id.model())
                        + ",\"provider\":" + quoted(id.provider()))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void take(ByteBuf bytes) {
        pieces.feed(bytes);
    }

    private void member(JsonPieces.Place place, byte @Nullable [] value) {
        switch (place.name()) {
            case "id" -> upstreamId = text(value);
            case "model" -> upstreamModel = text(value);
            case "usage" -> usage = value == null ? null : UsageReader.readEmbeddings(cursor(value), value);
            case "error" -> upstreamError = place.absent() || value == null ? null : utf8(value);
            case "data" -> {
                if (embeddings >= 0) {
                    throw new MalformedJson("data is given twice", place.from());
                }
                embeddings = place.objects();
            }
            default -> {}
        }
        if (!OURS.contains(place.name()) && !place.absent()) {
            if (passed.size() == MAX_MEMBERS) {
                throw new MalformedJson("more than " + MAX_MEMBERS + " members", place.from());
            }
            passed.add(place);
        }
    }

    private static JsonCursor cursor(byte[] value) {
        return new JsonCursor().reset(value, 0, value.length);
    }

    private static @Nullable String text(byte @Nullable [] value) {
        return value == null || value[0] != '"' ? null : cursor(value).readString();
    }

    private static String utf8(byte[] value) {
        return new String(value, StandardCharsets.UTF_8);
    }

    /// A list that is shorter or longer than what was sent cannot be told apart, so it is no
    /// answer.
    @Override
    public @Nullable String end() {
        pieces.end();
        if (embeddings < 0) {
            return "it has no data";
        }
        return embeddings == inputs ? null : "it has " + embeddings + " embeddings for " + inputs + " inputs";
    }

    @Override
    public ByteBuf answer(ByteBuf document, byte[] usageJson, ByteBufAllocator alloc) {
        CompositeByteBuf answer = alloc.compositeBuffer(Integer.MAX_VALUE);
        answer.addComponent(true, direct(alloc, identity));
        for (JsonPieces.Place place : passed) {
            int from = document.readerIndex() + place.from();
            answer.addComponent(true, direct(alloc, new byte[] {','}));
            answer.addComponent(true, document.retainedSlice(from, place.to() - place.from()));
        }
        ByteBuf end = alloc.directBuffer(USAGE_MEMBER.length + usageJson.length + 1);
        end.writeBytes(USAGE_MEMBER).writeBytes(usageJson).writeByte('}');
        return answer.addComponent(true, end);
    }

    /// Off the heap, as the rest of the answer is: else all of it would be copied once more on its way out.
    private static ByteBuf direct(ByteBufAllocator alloc, byte[] bytes) {
        return alloc.directBuffer(bytes.length).writeBytes(bytes);
    }

    @Override
    public void keepText() {
        keepsText = true;
    }

    /// No text is generated, and that can be counted: then the prompt is, too.
    @Override
    public @Nullable String keptText() {
        return keepsText ? "" : null;
    }
}
