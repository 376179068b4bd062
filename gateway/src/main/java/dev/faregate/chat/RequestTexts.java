package dev.faregate.chat;

import java.util.function.Consumer;

/// Hands out every text of a request that was checked before, for whoever counts tokens.
final class RequestTexts {
    private final JsonCursor cursor;
    private final Consumer<String> each;
    private long other;

    private RequestTexts(JsonCursor cursor, Consumer<String> each) {
        this.cursor = cursor;
        this.each = each;
    }

    /// Keys and string values go to `each`, decoded; the bytes of numbers and words are returned.
    static long read(byte[] body, int from, int to, Consumer<String> each) {
        RequestTexts texts = new RequestTexts(new JsonCursor().reset(body, from, to), each);
        texts.value();
        return texts.other;
    }

    private void value() {
        switch (cursor.peek()) {
            case '{' -> {
                cursor.beginObject();
                while (cursor.nextKey()) {
                    each.accept(cursor.key());
                    value();
                }
            }
            case '[' -> {
                cursor.beginArray();
                while (cursor.nextElement()) {
                    value();
                }
            }
            case '"' -> each.accept(cursor.readString());
            default -> {
                int start = cursor.valueStart();
                cursor.skipValue();
                other += cursor.position() - start;
            }
        }
    }
}
