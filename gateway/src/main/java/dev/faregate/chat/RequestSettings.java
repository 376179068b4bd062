package dev.faregate.chat;

import static dev.faregate.chat.JsonText.ascii;
import static dev.faregate.chat.JsonText.quoted;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Stored settings of a chat request, laid under a request that refers to them (contract 3.8): what the
/// request says itself wins, field by field; the two lists of tools become one. The request's own bytes are
/// copied in runs; nothing is built anew but what must differ.
///
/// Immutable; safe to share between threads.
public final class RequestSettings {
    /// A field as it is written into a request: `"name":value`.
    private record Field(String name, byte[] text) {}

    /// A tool as it is written, and what makes it the same as another one.
    private record Tool(String identity, byte[] text) {}

    /// Everything here was read by a [ChatRequestReader] before, which has its own bound.
    private static final int ANY_DEPTH = Integer.MAX_VALUE;

    /// Two names of one thing: a request that says one says both.
    private static final Set<String> OUTPUT_LIMITS = Set.of("max_tokens", "max_completion_tokens");

    /// Presets have them, requests do not; nothing is cached here yet.
    private static final Set<String> PRESET_ONLY = Set.of("cache_enabled", "cache_ttl_seconds");

    private static final byte[] MESSAGES = ascii("\"messages\":[");
    private static final byte[] USER_MESSAGE = ascii(",{\"role\":\"user\",\"content\":");
    private static final byte[] END_OF_LIST = ascii("}]");

    private final List<Field> fields;
    private final List<Tool> tools;
    private final byte @Nullable [] systemMessage;
    private final int size;

    private RequestSettings(List<Field> fields, List<Tool> tools, byte @Nullable [] systemMessage, int size) {
        this.fields = fields;
        this.tools = tools;
        this.systemMessage = systemMessage;
        this.size = size;
    }

    /// `config` is a JSON object of request fields that a [ChatRequestReader] accepted; `systemPrompt` comes
    /// first in a request that has no instructions of its own.
    public static RequestSettings of(byte[] config, @Nullable String systemPrompt) {
        List<Field> fields = new ArrayList<>();
        List<Tool> tools = List.of();
        JsonCursor cursor = new JsonCursor(ANY_DEPTH).reset(config, 0, config.length);
        cursor.beginObject();
        while (cursor.nextKey()) {
            String name = cursor.key();
            int keyStart = cursor.keyStart();
            int valueStart = cursor.valueStart();
            boolean list = cursor.peek() == '[';
            cursor.skipValue();
            if (name.equals("tools") && list) {
                tools = tools(config, valueStart, cursor.position());
            }
            if (!PRESET_ONLY.contains(name)) {
                fields.add(new Field(name, slice(config, keyStart, cursor.position())));
            }
        }
        byte[] message =
                systemPrompt == null ? null : utf8("{\"role\":\"system\",\"content\":" + quoted(systemPrompt) + "}");
        int size = config.length + (message == null ? 0 : message.length);
        return new RequestSettings(List.copyOf(fields), tools, message, size);
    }

    /// Bytes that it keeps in memory, about.
    public int size() {
        return size;
    }

    /// The body of `request` with these settings under it. `model` is what the request says of the model
    /// besides its reference; null leaves that to the settings.
    public byte[] under(ChatRequest request, @Nullable String model) {
        return new Writer(request).write(model);
    }

    private final class Writer {
        private final ChatRequest request;
        private final byte[] body;
        private final ByteArrayOutputStream out;
        private boolean first = true;

        Writer(ChatRequest request) {
            this.request = request;
            this.body = request.array();
            this.out = new ByteArrayOutputStream(request.bytes() + size + 64);
        }

        byte[] write(@Nullable String model) {
            out.write('{');
            if (model != null) {
                insert(utf8("\"model\":" + quoted(model)));
            }
            for (ChatRequest.Member member : request.members()) {
                switch (member.name()) {
                    case "preset", "model" -> {}
                    case "messages" -> messages(member);
                    case "prompt" -> prompt(member);
                    case "tools" -> tools(member);
                    default -> copy(member);
                }
            }
            for (Field field : fields) {
                if (!isSaid(field.name(), model)) {
                    insert(field.text());
                }
            }
            out.write('}');
            return out.toByteArray();
        }

        /// A field that the request sends as null is said, too: it switches the setting off.
        private boolean isSaid(String name, @Nullable String model) {
            if (name.equals("model")) {
                return model != null;
            }
            return request.members().stream()
                    .map(ChatRequest.Member::name)
                    .anyMatch(said ->
                            said.equals(name) || (OUTPUT_LIMITS.contains(said) && OUTPUT_LIMITS.contains(name)));
        }

        private void messages(ChatRequest.Member member) {
            if (systemMessage == null || hasInstructions(member)) {
                copy(member);
                return;
            }
            insert(MESSAGES);
            out.writeBytes(systemMessage);
            out.write(',');
            // The rest of the list, without its bracket.
            out.write(body, member.valueStart() + 1, member.valueEnd() - member.valueStart() - 1);
        }

        /// `prompt` is the text-completion way to say one user message.
        private void prompt(ChatRequest.Member member) {
            if (systemMessage == null || body[member.valueStart()] == 'n') {
                copy(member);
                return;
            }
            insert(MESSAGES);
            out.writeBytes(systemMessage);
            out.writeBytes(USER_MESSAGE);
            out.write(body, member.valueStart(), member.valueEnd() - member.valueStart());
            out.writeBytes(END_OF_LIST);
        }

        private boolean hasInstructions(ChatRequest.Member messages) {
            JsonCursor cursor = new JsonCursor(ANY_DEPTH).reset(body, messages.valueStart(), messages.valueEnd());
            boolean found = false;
            cursor.beginArray();
            while (cursor.nextElement()) {
                cursor.beginObject();
                while (cursor.nextKey()) {
                    if (cursor.key().equals("role")) {
                        String role = cursor.readString();
                        found |= role.equals("system") || role.equals("developer");
                    } else {
                        cursor.skipValue();
                    }
                }
            }
            return found;
        }

        /// The stored tools in their order, each replaced by the request's of the same identity; then the
        /// request's others.
        private void tools(ChatRequest.Member member) {
            if (tools.isEmpty() || body[member.valueStart()] != '[') {
                copy(member);
                return;
            }
            List<Tool> own = RequestSettings.tools(body, member.valueStart(), member.valueEnd());
            insert(ascii("\"tools\":["));
            boolean firstTool = true;
            for (Tool tool : merged(own)) {
                if (!firstTool) {
                    out.write(',');
                }
                out.writeBytes(tool.text());
                firstTool = false;
            }
            out.write(']');
        }

        private void copy(ChatRequest.Member member) {
            separate();
            out.write(body, member.keyStart(), member.valueEnd() - member.keyStart());
        }

        private void insert(byte[] text) {
            separate();
            out.writeBytes(text);
        }

        private void separate() {
            if (!first) {
                out.write(',');
            }
            first = false;
        }
    }

    /// A tool that the request sends takes the place of a stored one at most once, and none of its own is lost.
    private List<Tool> merged(List<Tool> own) {
        List<Tool> rest = new ArrayList<>(own);
        List<Tool> merged = new ArrayList<>(tools.size() + own.size());
        for (Tool stored : tools) {
            boolean replaced = own.stream().anyMatch(tool -> tool.identity().equals(stored.identity()));
            Tool first = rest.stream()
                    .filter(tool -> tool.identity().equals(stored.identity()))
                    .findFirst()
                    .orElse(null);
            if (!replaced) {
                merged.add(stored);
            } else if (first != null) {
                merged.add(first);
                rest.remove(first);
            }
        }
        merged.addAll(rest);
        return merged;
    }

    /// The tools of a list, in order.
    private static List<Tool> tools(byte[] bytes, int from, int to) {
        List<Tool> tools = new ArrayList<>();
        JsonCursor cursor = new JsonCursor(ANY_DEPTH).reset(bytes, from, to);
        cursor.beginArray();
        while (cursor.nextElement()) {
            int start = cursor.valueStart();
            String identity = identity(cursor);
            tools.add(new Tool(identity, slice(bytes, start, cursor.position())));
        }
        return List.copyOf(tools);
    }

    /// Reads a tool and says what makes it the same as another one: the name of a function, type and name of
    /// an advisor or subagent, type and label of a tool server, the type of any other that a server runs.
    private static String identity(JsonCursor cursor) {
        String type = "function";
        String name = "";
        String label = "";
        String parameterName = "";
        cursor.beginObject();
        while (cursor.nextKey()) {
            String key = cursor.key();
            byte value = cursor.peek();
            if (key.equals("type") && value == '"') {
                type = cursor.readString();
            } else if (key.equals("name") && value == '"') {
                name = cursor.readString();
            } else if (key.equals("server_label") && value == '"') {
                label = cursor.readString();
            } else if ((key.equals("function") || key.equals("custom")) && value == '{') {
                name = nameIn(cursor);
            } else if (key.equals("parameters") && value == '{') {
                parameterName = nameIn(cursor);
            } else {
                cursor.skipValue();
            }
        }
        return switch (type) {
            case "function", "custom" -> type + " " + name;
            case "openrouter:advisor", "openrouter:subagent" -> type + " " + parameterName;
            default -> type + " " + label;
        };
    }

    private static String nameIn(JsonCursor cursor) {
        String name = "";
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.key().equals("name") && cursor.peek() == '"') {
                name = cursor.readString();
            } else {
                cursor.skipValue();
            }
        }
        return name;
    }

    private static byte[] slice(byte[] bytes, int from, int to) {
        return java.util.Arrays.copyOfRange(bytes, from, to);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
