package dev.faregate.chat;

import java.util.Set;

/// Reads an embeddings request (contract 2.1, OpenAI's "Create embeddings"). `input` is one text, a list of texts, the
/// token ids of one text, a list of such lists, or a list of multimodal contents.
public final class EmbeddingsRequestReader extends InputsReader {
    static final int MAX_INPUT_TYPE_LENGTH = 100;

    private static final Set<String> FORMATS = Set.of("float", "base64");

    private int tokenIds;
    private long tokenIdBytes;

    public EmbeddingsRequestReader(Limits limits) {
        super(RequestKind.EMBEDDINGS, "embeddings", limits);
    }

    @Override
    void clearInputs() {
        tokenIds = 0;
        tokenIdBytes = 0;
    }

    @Override
    boolean isInput(String name) {
        return name.equals("input");
    }

    @Override
    ChatRequest.Extras extras() {
        return images == 0 && !otherMedia && tokenIds == 0
                ? ChatRequest.Extras.NONE
                : new ChatRequest.Extras(
                        images, imageBytes, otherMedia, false, 0, 0, 0, tokenIds, tokenIdBytes, 0, 0, 0);
    }

    @Override
    void checkInputs() {
        if (inputs == 0) {
            throw bad("'input' is required.", "input");
        }
    }

    @Override
    void ownValue(String name) {
        switch (name) {
            case "input" -> input();
            case "dimensions" -> integer(name, 1, Integer.MAX_VALUE);
            case "encoding_format" ->
                expect(name, FORMATS.contains(text(name, MAX_INPUT_TYPE_LENGTH)), "'float' or 'base64'");
            case "input_type" -> text(name, MAX_INPUT_TYPE_LENGTH);
            default -> cursor.skipValue();
        }
    }

    private void input() {
        byte first = cursor.peek();
        if (first == '"') {
            string("input");
            inputs = 1;
            return;
        }
        expect("input", first == '[', "a string, or an array of strings, of token ids or of contents");
        cursor.beginArray();
        boolean any = cursor.nextElement();
        expect("input", any, "a non-empty array");
        if (isNumber(cursor.peek())) {
            tokenIds("input");
            inputs = 1;
            return;
        }
        byte kind = cursor.peek();
        do {
            expect("input", inputs < limits.inputs(), "an array of at most " + limits.inputs() + " inputs");
            element(kind);
            inputs++;
        } while (cursor.nextElement());
    }

    /// One of several inputs, which are all of the kind of the first.
    private void element(byte kind) {
        String path = "input[" + inputs + "]";
        expect(path, cursor.peek() == kind || inputs == 0, "of the same kind as the inputs before it");
        switch (kind) {
            case '"' -> string(path);
            case '{' -> content(path);
            case '[' -> {
                cursor.beginArray();
                expect(path, cursor.nextElement(), "a non-empty array of token ids");
                tokenIds(path);
            }
            default -> expect(path, false, "a string, an array of token ids or an object with 'content'");
        }
    }

    private void string(String path) {
        int start = cursor.valueStart();
        cursor.skipValue();
        expect(path, cursor.position() - start > 2, "a non-empty string");
    }

    /// The elements of an array whose first one is next.
    private void tokenIds(String path) {
        int start = cursor.valueStart();
        do {
            int id = cursor.valueStart();
            cursor.skipValue();
            expect(path, isTokenId(id, cursor.position()), "an array of token ids: whole numbers from 0 to 2147483647");
            tokenIds++;
        } while (cursor.nextElement());
        tokenIdBytes += cursor.position() - start;
    }

    private boolean isTokenId(int from, int to) {
        long value = 0;
        for (int i = from; i < to && value <= Integer.MAX_VALUE; i++) {
            int digit = body[i] - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            value = value * 10 + digit;
        }
        return value <= Integer.MAX_VALUE;
    }

    private void content(String path) {
        boolean given = false;
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (!cursor.key().equals("content")) {
                cursor.skipValue();
                continue;
            }
            String content = path + ".content";
            expect(content, !given, "given once");
            given = true;
            expect(content, cursor.peek() == '[', "an array of parts");
            int parts = 0;
            cursor.beginArray();
            while (cursor.nextElement()) {
                part(content + "[" + parts++ + "]");
            }
            expect(content, parts > 0, "a non-empty array of parts");
        }
        expect(path + ".content", given, "given");
    }
}
