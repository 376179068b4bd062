package dev.faregate.chat;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a rerank request (contract 2.1): a query, and documents that are texts, or objects with a
/// `text`, an `image` or both.
public final class RerankRequestReader extends RequestReader {
    /// A search unit, in which Cohere bills, is a query with so many documents.
    static final int DOCUMENTS_PER_SEARCH_UNIT = 100;

    /// A document that has more tokens than this together with the query counts as several
    /// (cohere.com/pricing). A token is at least one byte.
    static final int TOKENS_PER_DOCUMENT = 500;

    private static final Set<String> REQUIRED = Set.of("query", "documents");

    private @Nullable String model;
    private boolean query;
    private long queryBytes;
    private int documents;
    private long documentBytes;
    private @Nullable String user;
    private @Nullable String sessionId;
    private ProviderPreferences preferences = ProviderPreferences.NONE;

    public RerankRequestReader(Limits limits) {
        super(limits);
    }

    @Override
    void clear() {
        model = null;
        query = false;
        queryBytes = 0;
        documents = 0;
        documentBytes = 0;
        user = null;
        sessionId = null;
        preferences = ProviderPreferences.NONE;
    }

    @Override
    ChatRequest.Facts facts() {
        return new ChatRequest.Facts(
                RequestKind.RERANK,
                model,
                List.of(),
                false,
                false,
                0,
                1,
                documents,
                images > 0,
                0,
                user,
                sessionId,
                preferences,
                extras(),
                null,
                null);
    }

    private ChatRequest.Extras extras() {
        return new ChatRequest.Extras(
                images, imageBytes, false, false, 0, 0, 0, 0, 0, queryBytes * (documents - 1), searchUnits());
    }

    /// The most that the request can count as.
    private int searchUnits() {
        long counted = documents + (documentBytes + queryBytes * documents) / TOKENS_PER_DOCUMENT;
        return (int) Math.min(Integer.MAX_VALUE, Math.ceilDiv(counted, DOCUMENTS_PER_SEARCH_UNIT));
    }

    @Override
    void check(List<ChatRequest.Member> members) {
        if (model == null) {
            throw bad("'model' is required.", "model");
        }
        if (!query) {
            throw bad("'query' is required.", "query");
        }
        if (documents == 0) {
            throw bad("'documents' is required.", "documents");
        }
    }

    @Override
    void value(String name) {
        if (cursor.atNull() && !REQUIRED.contains(name)) {
            cursor.skipValue();
            return;
        }
        switch (name) {
            case "model" -> model = text(name, MAX_MODEL_LENGTH);
            case "query" -> {
                queryBytes = string(name);
                expect(name, queryBytes > 2, "a non-empty string");
                query = true;
            }
            case "documents" -> documents();
            case "top_n" -> integer(name, 1, Integer.MAX_VALUE);
            case "return_documents" -> bool(name);
            case "user" -> user = text(name, MAX_USER_LENGTH);
            case "session_id" -> sessionId = text(name, MAX_SESSION_LENGTH);
            case "provider" -> preferences = preferences();
            case "trace", "metadata" -> {
                expect(name, cursor.peek() == '{', "an object");
                cursor.skipValue();
            }
            case "stream" -> expect(name, !bool(name), "false: rankings are not streamed");
            default -> cursor.skipValue();
        }
    }

    private void documents() {
        expect("documents", cursor.peek() == '[', "an array of strings, or of objects with 'text' or 'image'");
        int start = cursor.valueStart();
        cursor.beginArray();
        while (cursor.nextElement()) {
            expect("documents", documents < limits.inputs(), "an array of at most " + limits.inputs() + " documents");
            document("documents[" + documents + "]");
            documents++;
        }
        documentBytes = cursor.position() - start;
        expect("documents", documents > 0, "a non-empty array");
    }

    private void document(String path) {
        if (cursor.peek() != '{') {
            expect(path, cursor.peek() == '"', "a string, or an object with 'text' or 'image'");
            cursor.skipValue();
            return;
        }
        boolean any = false;
        cursor.beginObject();
        while (cursor.nextKey()) {
            switch (cursor.key()) {
                case "text" -> {
                    string(path + ".text");
                    any = true;
                }
                case "image" -> {
                    images++;
                    imageBytes += string(path + ".image");
                    any = true;
                }
                default -> cursor.skipValue();
            }
        }
        expect(path, any, "an object with 'text' or 'image'");
    }

    /// Reads over a text; returns its size with its quotes.
    private int string(String path) {
        expect(path, cursor.peek() == '"', "a string");
        int start = cursor.valueStart();
        cursor.skipValue();
        return cursor.position() - start;
    }
}
