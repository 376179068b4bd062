package dev.faregate.chat;

import java.nio.charset.StandardCharsets;

/// Finds the text of the last user message in a `messages` array that was checked before.
final class LastUserText {
    private static final byte[] ROLE = "role".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONTENT = "content".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TEXT = "text".getBytes(StandardCharsets.US_ASCII);

    private LastUserText() {}

    static String read(byte[] body, int from, int to) {
        JsonCursor cursor = new JsonCursor().reset(body, from, to);
        String last = "";
        cursor.beginArray();
        while (cursor.nextElement()) {
            String role = "";
            String text = "";
            cursor.beginObject();
            while (cursor.nextKey()) {
                if (cursor.keyIs(ROLE)) {
                    role = cursor.readString();
                } else if (cursor.keyIs(CONTENT)) {
                    text = content(cursor);
                } else {
                    cursor.skipValue();
                }
            }
            if (role.equals("user")) {
                last = text;
            }
        }
        return last;
    }

    private static String content(JsonCursor cursor) {
        if (cursor.peek() == '"') {
            return cursor.readString();
        }
        if (cursor.peek() != '[') {
            cursor.skipValue();
            return "";
        }
        StringBuilder text = new StringBuilder();
        cursor.beginArray();
        while (cursor.nextElement()) {
            if (cursor.peek() != '{') {
                cursor.skipValue();
                continue;
            }
            cursor.beginObject();
            while (cursor.nextKey()) {
                if (cursor.keyIs(TEXT) && cursor.peek() == '"') {
                    text.append(cursor.readString());
                } else {
                    cursor.skipValue();
                }
            }
        }
        return text.toString();
    }
}
