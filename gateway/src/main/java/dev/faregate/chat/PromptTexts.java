package dev.faregate.chat;

import static dev.faregate.chat.JsonText.quoted;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The texts of a request that people and programs wrote: the contents of messages, the arguments of tool calls,
/// `prompt` and `prediction`, the `input` that is to be embedded, and the query and documents of a
/// ranking. Each can be read, and replaced where it stands: the bytes between them stay as they
/// are.
///
/// Arguments are JSON inside of JSON; in them each value is a text of its own, so that what is replaced leaves
/// JSON behind. Media (images, audio, files) is not looked into.
public final class PromptTexts {
    /// Sees each text in turn.
    public interface Reader {
        /// What stands in the place of `text` from now on; null leaves it. `user`: a message of the user's.
        @Nullable
        String replaced(String text, boolean user);
    }

    /// Members of a message whose value is a text. `content` may be a list of parts, too.
    private static final Set<String> TEXTS = Set.of("content", "refusal", "reasoning", "reasoning_content", "name");

    private static final Set<String> INPUT_TEXTS = Set.of("content", "text");
    private static final Set<String> PART_TEXTS = Set.of("text", "refusal", "content", "thinking");
    private static final Set<String> ARGUMENTS = Set.of("arguments", "input");

    private record Edit(int from, int to, byte[] text) {}

    private final Reader reader;
    private final byte[] body;
    private final List<Edit> edits = new ArrayList<>(0);
    private boolean user;

    private PromptTexts(Reader reader, byte[] body) {
        this.reader = reader;
        this.body = body;
    }

    /// The body with the replacements of `reader`, or null when there was none. The request was checked when it
    /// was read; this reads it again.
    public static byte @Nullable [] rewrite(ChatRequest request, Reader reader) {
        PromptTexts texts = new PromptTexts(reader, request.body);
        for (ChatRequest.Member member : request.members()) {
            texts.user = true;
            switch (member.name()) {
                case "messages" -> texts.messages(member);
                case "input" -> {
                    if (request.facts().kind() == RequestKind.EMBEDDINGS) {
                        texts.input(texts.at(member.valueStart(), member.valueEnd()));
                    }
                }
                case "query", "documents" -> {
                    if (request.facts().kind() == RequestKind.RERANK) {
                        texts.input(texts.at(member.valueStart(), member.valueEnd()));
                    }
                }
                case "prompt" -> texts.text(texts.at(member.valueStart(), member.valueEnd()));
                case "prediction" -> {
                    texts.user = false;
                    texts.members(texts.at(member.valueStart(), member.valueEnd()), TEXTS);
                }
                default -> {}
            }
        }
        return texts.applied(request.from(), request.from() + request.bytes());
    }

    private JsonCursor at(int from, int to) {
        // The depth was checked when the request was read, with the operator's own limit.
        return new JsonCursor(Integer.MAX_VALUE).reset(body, from, to);
    }

    private void messages(ChatRequest.Member member) {
        JsonCursor cursor = at(member.valueStart(), member.valueEnd());
        if (cursor.peek() != '[') {
            return;
        }
        cursor.beginArray();
        while (cursor.nextElement()) {
            int start = cursor.valueStart();
            cursor.skipValue();
            user = isUser(at(start, cursor.position()));
            message(at(start, cursor.position()));
        }
    }

    /// The role may stand behind the content, so it is looked for first.
    private static boolean isUser(JsonCursor cursor) {
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.key().equals("role") && cursor.peek() == '"') {
                return cursor.readString().equals("user");
            }
            cursor.skipValue();
        }
        return false;
    }

    private void message(JsonCursor cursor) {
        cursor.beginObject();
        while (cursor.nextKey()) {
            String name = cursor.key();
            switch (name) {
                case "tool_calls" -> toolCalls(cursor);
                case "function_call" -> call(cursor);
                default -> {
                    if (TEXTS.contains(name)) {
                        content(cursor);
                    } else {
                        cursor.skipValue();
                    }
                }
            }
        }
    }

    /// A text, or a list of texts, of token ids or of objects with a content or a text. Token ids
    /// are no texts to be read.
    private void input(JsonCursor cursor) {
        if (cursor.peek() != '[') {
            text(cursor);
            return;
        }
        cursor.beginArray();
        while (cursor.nextElement()) {
            if (cursor.peek() == '{') {
                members(cursor, INPUT_TEXTS);
            } else {
                text(cursor);
            }
        }
    }

    /// A text, or a list of parts.
    private void content(JsonCursor cursor) {
        switch (cursor.peek()) {
            case '"' -> text(cursor);
            case '[' -> {
                cursor.beginArray();
                while (cursor.nextElement()) {
                    members(cursor, PART_TEXTS);
                }
            }
            default -> cursor.skipValue();
        }
    }

    /// The members of an object that hold texts, or again parts.
    private void members(JsonCursor cursor, Set<String> names) {
        if (cursor.peek() != '{') {
            cursor.skipValue();
            return;
        }
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (names.contains(cursor.key())) {
                content(cursor);
            } else {
                cursor.skipValue();
            }
        }
    }

    private void toolCalls(JsonCursor cursor) {
        if (cursor.peek() != '[') {
            cursor.skipValue();
            return;
        }
        cursor.beginArray();
        while (cursor.nextElement()) {
            if (cursor.peek() != '{') {
                cursor.skipValue();
                continue;
            }
            cursor.beginObject();
            while (cursor.nextKey()) {
                if (cursor.key().equals("function") || cursor.key().equals("custom")) {
                    call(cursor);
                } else {
                    cursor.skipValue();
                }
            }
        }
    }

    private void call(JsonCursor cursor) {
        if (cursor.peek() != '{') {
            cursor.skipValue();
            return;
        }
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (ARGUMENTS.contains(cursor.key()) && cursor.peek() == '"') {
                int start = cursor.valueStart();
                String changed = arguments(cursor.readString());
                edit(start, cursor.position(), changed);
            } else {
                cursor.skipValue();
            }
        }
    }

    private @Nullable String arguments(String text) {
        byte[] json = text.getBytes(StandardCharsets.UTF_8);
        PromptTexts inner = new PromptTexts(reader, json);
        inner.user = user;
        try {
            JsonCursor cursor = new JsonCursor().reset(json, 0, json.length);
            inner.values(cursor);
            cursor.expectEnd();
        } catch (MalformedJson e) {
            return reader.replaced(text, user);
        }
        byte[] changed = inner.applied(0, json.length);
        return changed == null ? null : new String(changed, StandardCharsets.UTF_8);
    }

    /// Every text and number of a JSON value.
    private void values(JsonCursor cursor) {
        switch (cursor.peek()) {
            case '{' -> {
                cursor.beginObject();
                while (cursor.nextKey()) {
                    values(cursor);
                }
            }
            case '[' -> {
                cursor.beginArray();
                while (cursor.nextElement()) {
                    values(cursor);
                }
            }
            case '"' -> text(cursor);
            default -> {
                int start = cursor.valueStart();
                cursor.skipValue();
                String number = new String(body, start, cursor.position() - start, StandardCharsets.US_ASCII);
                edit(start, cursor.position(), reader.replaced(number, user));
            }
        }
    }

    private void text(JsonCursor cursor) {
        if (cursor.peek() != '"') {
            cursor.skipValue();
            return;
        }
        int start = cursor.valueStart();
        String text = cursor.readString();
        edit(start, cursor.position(), text.isEmpty() ? null : reader.replaced(text, user));
    }

    private void edit(int from, int to, @Nullable String text) {
        if (text != null) {
            edits.add(new Edit(from, to, quoted(text).getBytes(StandardCharsets.UTF_8)));
        }
    }

    private byte @Nullable [] applied(int from, int to) {
        if (edits.isEmpty()) {
            return null;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(to - from);
        int at = from;
        for (Edit edit : edits) {
            out.write(body, at, edit.from() - at);
            out.writeBytes(edit.text());
            at = edit.to();
        }
        out.write(body, at, to - at);
        return out.toByteArray();
    }
}
