package dev.faregate.chat;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.base.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads a request in one pass over its bytes. Whatever is wrong is an `ApiException` with a 400 that names the field;
/// fields that a reader does not know are not looked into, only checked to be JSON.
///
/// Not safe to share between threads; one per event loop is enough.
public abstract sealed class RequestReader permits ChatRequestReader, InputsReader {
    /// Top-level members; no known client sends more than forty.
    static final int MAX_MEMBERS = 256;

    static final int MAX_MODEL_LENGTH = 256;
    static final int MAX_USER_LENGTH = 512;
    static final int MAX_SESSION_LENGTH = 256;

    /// What the operator can set.
    ///
    /// @param jsonDepth levels of nesting
    /// @param fileParts parts of type `file` in all messages
    /// @param tools members of `tools`
    /// @param inputs of one embeddings request, and documents of one rerank request
    /// @param images that one request may ask for
    public record Limits(int jsonDepth, int fileParts, int tools, int inputs, int images) {
        public static final Limits DEFAULTS = new Limits(Json.MAX_DEPTH, 100, 512, 2_048, 10);
    }

    final Limits limits;
    final JsonCursor cursor;
    byte[] body = new byte[0];
    int images;
    long imageBytes;
    boolean otherMedia;
    private int files;

    RequestReader(Limits limits) {
        this.limits = limits;
        this.cursor = new JsonCursor(limits.jsonDepth());
    }

    /// The reader of such requests.
    public static RequestReader of(RequestKind kind, Limits limits) {
        return switch (kind) {
            case CHAT -> new ChatRequestReader(limits);
            case EMBEDDINGS -> new EmbeddingsRequestReader(limits);
            case RERANK -> new RerankRequestReader(limits);
            case IMAGES -> new ImagesRequestReader(limits);
            case TRANSCRIPTIONS -> new TranscriptionRequestReader(limits);
        };
    }

    /// Reads `bytes[from, to)`. The request refers to the array, so it must not change while the request
    /// lives.
    public ChatRequest read(byte[] bytes, int from, int to) {
        if (!Utf8.isValid(bytes, from, to)) {
            throw bad("The request body is not valid UTF-8.", null);
        }
        body = bytes;
        images = 0;
        imageBytes = 0;
        otherMedia = false;
        files = 0;
        clear();
        try {
            List<ChatRequest.Member> members = members(from, to);
            check(members);
            return new ChatRequest(bytes, from, to, members, edits(), facts());
        } catch (MalformedJson e) {
            throw bad(
                    "The request body is not valid JSON: " + e.what() + " at byte " + (e.offset() - from) + ".", null);
        } finally {
            body = new byte[0];
        }
    }

    /// Forgets the request before.
    abstract void clear();

    /// Reads the value of a top-level member, or skips it.
    abstract void value(String name);

    /// Refuses what only the whole shows to be wrong.
    abstract void check(List<ChatRequest.Member> members);

    abstract ChatRequest.Facts facts();

    ChatRequest.Edits edits() {
        return ChatRequest.Edits.NONE;
    }

    private List<ChatRequest.Member> members(int from, int to) {
        cursor.reset(body, from, to);
        if (from == to) {
            throw bad("The request body is empty; it must be a JSON object.", null);
        }
        if (cursor.peek() != '{') {
            throw bad("The request body must be a JSON object.", null);
        }
        List<ChatRequest.Member> members = new ArrayList<>(12);
        cursor.beginObject();
        while (cursor.nextKey()) {
            String name = cursor.key();
            int keyStart = cursor.keyStart();
            int valueStart = cursor.valueStart();
            for (ChatRequest.Member earlier : members) {
                if (earlier.name().equals(name)) {
                    throw bad("'" + shortened(name) + "' is given twice.", shortened(name));
                }
            }
            if (members.size() == MAX_MEMBERS) {
                throw bad("The request has more than " + MAX_MEMBERS + " fields.", null);
            }
            value(name);
            members.add(new ChatRequest.Member(name, keyStart, valueStart, cursor.position()));
        }
        cursor.expectEnd();
        return members;
    }

    /// Reads a part of some content: a text, or media, which is counted.
    void part(String path) {
        expect(path, cursor.peek() == '{', "an object");
        String type = null;
        int start = cursor.valueStart();
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.key().equals("type")) {
                expect(path + ".type", type == null, "given once");
                expect(path + ".type", cursor.peek() == '"', "a string");
                type = cursor.readString();
            } else {
                cursor.skipValue();
            }
        }
        if (type == null) {
            throw bad("'" + path + ".type' is required.", path + ".type");
        }
        switch (type) {
            case "text", "refusal" -> {}
            case "image_url" -> {
                images++;
                imageBytes += cursor.position() - start;
            }
            default -> otherMedia = true;
        }
        if (type.equals("file") && ++files > limits.fileParts()) {
            String field = path.substring(0, path.indexOf('['));
            throw bad("'" + field + "' has more than " + limits.fileParts() + " file parts.", field);
        }
    }

    ProviderPreferences preferences() {
        expect("provider", cursor.peek() == '{', "an object");
        int start = cursor.valueStart();
        cursor.skipValue();
        JsonNode node = Json.read(Arrays.copyOfRange(body, start, cursor.position()));
        return ProviderPreferences.read((ObjectNode) node);
    }

    String text(String path, int maxLength) {
        expect(path, cursor.peek() == '"', "a string");
        String text = cursor.readString();
        expect(path, text.length() <= maxLength, "at most " + maxLength + " characters");
        expect(path, !text.isBlank() || path.equals("prompt"), "a non-empty string");
        return text;
    }

    boolean bool(String path) {
        byte first = cursor.peek();
        expect(path, first == 't' || first == 'f', "true or false");
        cursor.skipValue();
        return first == 't';
    }

    long integer(String path, long least, long most) {
        expect(path, isNumber(cursor.peek()), "an integer");
        String text = skipped();
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw bad("'" + path + "' must be an integer.", path);
        }
        between(path, value >= least && value <= most, least, most);
        return value;
    }

    /// Leaves a number behind, having seen that it is in its range.
    void number(String path, long least, long most) {
        expect(path, isNumber(cursor.peek()), "a number");
        double value = Double.parseDouble(skipped());
        between(path, value >= least && value <= most, least, most);
    }

    private static void between(String path, boolean holds, long least, long most) {
        if (!holds) {
            throw bad("'" + path + "' must be between " + least + " and " + most + ".", path);
        }
    }

    /// The bytes of a number, which is left behind.
    private String skipped() {
        int start = cursor.valueStart();
        cursor.skipValue();
        return new String(body, start, cursor.position() - start, StandardCharsets.US_ASCII);
    }

    static boolean isNumber(byte first) {
        return first == '-' || (first >= '0' && first <= '9');
    }

    static void expect(String path, boolean holds, String what) {
        if (!holds) {
            throw bad("'" + path + "' must be " + what + ".", path);
        }
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }

    static ApiException bad(String message, @Nullable String param) {
        return new ApiException(new ApiError.BadRequest(message, param));
    }
}
