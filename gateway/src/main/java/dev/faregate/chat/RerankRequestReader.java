package dev.faregate.chat;

import java.util.Set;

/// Reads a rerank request (contract 2.1): a query, and documents that are texts, or objects with a
/// `text`, an `image` or both.
public final class RerankRequestReader extends InputsReader {
    /// A search unit, in which Cohere bills, is a query with so many documents (cohere.com/pricing).
    static final int DOCUMENTS_PER_SEARCH_UNIT = 100;

    /// Cohere splits documents longer than 510 tokens (docs.cohere.com, "Models"); should it count each
    /// piece, this bounds how many there are. A token is at least one byte.
    static final int TOKENS_PER_DOCUMENT = 500;

    private static final Set<String> REQUIRED = Set.of("query", "documents");

    private boolean query;
    private long queryBytes;
    private long documentBytes;

    public RerankRequestReader(Limits limits) {
        super(RequestKind.RERANK, "rankings", limits);
    }

    @Override
    void clearInputs() {
        query = false;
        queryBytes = 0;
        documentBytes = 0;
    }

    @Override
    boolean isInput(String name) {
        return REQUIRED.contains(name);
    }

    @Override
    ChatRequest.Extras extras() {
        return new ChatRequest.Extras(
                images, imageBytes, false, false, 0, 0, 0, 0, 0, queryBytes * (inputs - 1), searchUnits(), 0);
    }

    /// The most that the request can count as.
    private int searchUnits() {
        long counted = inputs + (documentBytes + queryBytes * inputs) / TOKENS_PER_DOCUMENT;
        return (int) Math.min(Integer.MAX_VALUE, Math.ceilDiv(counted, DOCUMENTS_PER_SEARCH_UNIT));
    }

    @Override
    void checkInputs() {
        if (!query) {
            throw bad("'query' is required.", "query");
        }
        if (inputs == 0) {
            throw bad("'documents' is required.", "documents");
        }
    }

    @Override
    void ownValue(String name) {
        switch (name) {
            case "query" -> {
                queryBytes = string(name);
                expect(name, queryBytes > 2, "a non-empty string");
                query = true;
            }
            case "documents" -> documents();
            case "top_n" -> integer(name, 1, Integer.MAX_VALUE);
            case "return_documents" -> bool(name);
            default -> cursor.skipValue();
        }
    }

    private void documents() {
        expect("documents", cursor.peek() == '[', "an array of strings, or of objects with 'text' or 'image'");
        int start = cursor.valueStart();
        cursor.beginArray();
        while (cursor.nextElement()) {
            expect("documents", inputs < limits.inputs(), "an array of at most " + limits.inputs() + " documents");
            document("documents[" + inputs + "]");
            inputs++;
        }
        documentBytes = cursor.position() - start;
        expect("documents", inputs > 0, "a non-empty array");
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
