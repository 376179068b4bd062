package dev.faregate.chat;

import static dev.faregate.chat.JsonText.ascii;
import static dev.faregate.chat.JsonText.quoted;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns a rerank answer, as Cohere, Jina and servers like them give it, into ours (contract 2.1):
/// our id, model, provider and usage, and each result with its document, which most providers leave
/// out, from the request. Scores stay the provider's bytes, and unknown members beside `results`
/// pass.
public final class RerankRewriter extends AnswerCodec implements WholeAnswer {
    private static final byte[] RESULTS = ascii("results");
    private static final byte[] INDEX = ascii("index");
    private static final byte[] SCORE = ascii("relevance_score");
    private static final byte[] DOCUMENT = ascii("document");
    private static final byte[] USAGE = ascii("usage");
    private static final byte[] META = ascii("meta");
    private static final byte[] BILLED = ascii("billed_units");
    private static final byte[] ERROR = ascii("error");
    private static final byte[] ID = ascii("id");
    private static final byte[] MODEL = ascii("model");
    private static final byte[] PROVIDER = ascii("provider");
    private static final int INDEX_DIGITS = 9;

    /// Bytes `[from, to)` of the answer, or of the request.
    private record Span(int from, int to) {}

    /// `document` is null where the provider gave none.
    private record Result(int index, Span score, @Nullable Span document) {}

    private final byte[] identity;
    private final ChatRequest request;
    private final JsonCursor cursor = new JsonCursor();
    private final List<Span> passed = new ArrayList<>(2);
    private final List<Result> results = new ArrayList<>();
    private byte[] bytes = new byte[0];

    RerankRewriter(AnswerIdentity id, ChatRequest request) {
        this.request = request;
        this.identity = ("{\"id\":" + quoted(id.generation()) + ",\"model\":" + quoted(id.model()) + ",\"provider\":"
                        + quoted(id.provider()))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public @Nullable String whole(byte[] data, int from, int to, ByteBuf out) {
        bytes = data;
        cursor.reset(data, from, to);
        boolean seen = false;
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.keyIs(RESULTS)) {
                String wrong = seen ? "it has results twice" : results();
                seen = true;
                if (wrong != null) {
                    return wrong;
                }
            } else if (cursor.keyIs(USAGE)) {
                usage = and(UsageReader.readRerank(cursor, bytes));
            } else if (cursor.keyIs(META)) {
                billed(value());
            } else if (cursor.keyIs(ERROR) && !cursor.atNull()) {
                upstreamError = text(value());
            } else if (cursor.keyIs(ID)) {
                upstreamId = string();
            } else if (cursor.keyIs(MODEL)) {
                upstreamModel = string();
            } else if (cursor.keyIs(PROVIDER) || cursor.keyIs(ERROR)) {
                cursor.skipValue();
            } else {
                passed.add(new Span(cursor.keyStart(), value().to()));
            }
        }
        cursor.expectEnd();
        return results.isEmpty() ? "it has no results" : null;
    }

    /// Tokens may stand in one place and search units in another.
    private @Nullable TokenUsage and(@Nullable TokenUsage read) {
        TokenUsage known = usage;
        if (known == null || read == null) {
            return read == null ? known : read;
        }
        return TokenUsage.ofRanking(
                Math.max(known.prompt(), read.prompt()), Math.max(known.searchUnits(), read.searchUnits()));
    }

    /// Cohere's `meta` is its way to say usage, so ours stands for it.
    private void billed(Span meta) {
        if (bytes[meta.from()] != '{') {
            return;
        }
        JsonCursor within = new JsonCursor().reset(bytes, meta.from(), meta.to());
        within.beginObject();
        while (within.nextKey()) {
            if (within.keyIs(BILLED)) {
                usage = and(UsageReader.readRerank(within, bytes));
            } else {
                within.skipValue();
            }
        }
    }

    /// A document is judged once, or not at all: who reads another list cannot know what to make of
    /// it.
    private @Nullable String results() {
        if (cursor.peek() != '[') {
            return "its results are no list";
        }
        int documents = request.facts().messages();
        BitSet judged = new BitSet(documents);
        cursor.beginArray();
        while (cursor.nextElement()) {
            Result result = cursor.peek() == '{' ? result() : null;
            if (result == null || result.index() >= documents) {
                return "a result has no score, or no index of one of the " + documents + " documents";
            }
            if (judged.get(result.index())) {
                return "document " + result.index() + " has two results";
            }
            judged.set(result.index());
            results.add(result);
        }
        return null;
    }

    private @Nullable Result result() {
        int index = -1;
        Span score = null;
        Span document = null;
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.keyIs(INDEX)) {
                index = index(value());
            } else if (cursor.keyIs(SCORE)) {
                score = value();
            } else if (cursor.keyIs(DOCUMENT)) {
                document = value();
            } else {
                cursor.skipValue();
            }
        }
        if (index < 0 || score == null || !RequestReader.isNumber(bytes[score.from()])) {
            return null;
        }
        boolean given = document != null && (bytes[document.from()] == '{' || bytes[document.from()] == '"');
        return new Result(index, score, given ? document : null);
    }

    private int index(Span digits) {
        int value = 0;
        for (int i = digits.from(); i < digits.to(); i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9 || digits.to() - digits.from() > INDEX_DIGITS) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private Span value() {
        int from = cursor.valueStart();
        cursor.skipValue();
        return new Span(from, cursor.position());
    }

    private @Nullable String string() {
        if (cursor.peek() != '"') {
            cursor.skipValue();
            return null;
        }
        return cursor.readString();
    }

    private String text(Span span) {
        return new String(bytes, span.from(), span.to() - span.from(), StandardCharsets.UTF_8);
    }

    @Override
    public void endWhole(byte[] usageJson, ByteBuf out) {
        List<Span> asked = results.stream().allMatch(result -> result.document() != null) ? List.of() : documents();
        out.writeBytes(identity).writeBytes(ascii(",\"results\":["));
        for (int i = 0; i < results.size(); i++) {
            Result result = results.get(i);
            Span given = result.document();
            out.writeBytes(ascii((i == 0 ? "" : ",") + "{\"index\":" + result.index() + ",\"relevance_score\":"));
            write(bytes, result.score(), out);
            out.writeBytes(ascii(",\"document\":"));
            if (given == null) {
                document(request.array(), asked.get(result.index()), out);
            } else {
                document(bytes, given, out);
            }
            out.writeByte('}');
        }
        out.writeByte(']');
        for (Span member : passed) {
            out.writeByte(',');
            write(bytes, member, out);
        }
        out.writeBytes(ascii(",\"usage\":")).writeBytes(usageJson).writeByte('}');
    }

    /// A document is an object in every answer, also where it was asked or given as a text.
    private static void document(byte[] from, Span span, ByteBuf out) {
        boolean text = from[span.from()] == '"';
        out.writeBytes(ascii(text ? "{\"text\":" : ""));
        write(from, span, out);
        out.writeBytes(ascii(text ? "}" : ""));
    }

    private static void write(byte[] from, Span span, ByteBuf out) {
        out.writeBytes(from, span.from(), span.to() - span.from());
    }

    /// Where the documents of the request stand. It was checked when it was read.
    private List<Span> documents() {
        List<Span> documents = new ArrayList<>(request.facts().messages());
        for (ChatRequest.Member member : request.members()) {
            if (member.name().equals("documents")) {
                JsonCursor asked = new JsonCursor(Integer.MAX_VALUE)
                        .reset(request.array(), member.valueStart(), member.valueEnd());
                asked.beginArray();
                while (asked.nextElement()) {
                    int from = asked.valueStart();
                    asked.skipValue();
                    documents.add(new Span(from, asked.position()));
                }
            }
        }
        return documents;
    }
}
