package dev.faregate.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a chat request (contract 2.1). Long because each field that the router looks into has its few lines here, and
/// one pass must see them all.
public final class ChatRequestReader extends RequestReader {
    static final int MAX_MESSAGES = 10_000;
    static final int MAX_FALLBACK_MODELS = 16;
    static final int MAX_CHOICES = 128;
    static final int MAX_STOPS = 4;
    static final int MAX_PRESET_LENGTH = 100;

    private static final String DEVELOPER = "developer";

    /// What all but OpenAI call a developer.
    private static final byte[] SYSTEM = JsonText.ascii("\"system\"");

    private static final Set<String> ROLES = Set.of("system", "user", DEVELOPER, "assistant", "tool", "function");

    /// Both ends are allowed.
    private record Range(long least, long most) {}

    /// The ranges of the contract (2.1, and the descriptions in its OpenAPI file; "API parameters" of its documentation
    /// has the rest).
    private static final Map<String, Range> NUMBERS = Map.of(
            "temperature", new Range(0, 2),
            "top_p", new Range(0, 1),
            "top_a", new Range(0, 1),
            "min_p", new Range(0, 1),
            "frequency_penalty", new Range(-2, 2),
            "presence_penalty", new Range(-2, 2),
            "repetition_penalty", new Range(0, 2));

    /// A `top_k` of -1 is how clients of servers for open models say that there is none.
    private static final Map<String, Range> INTEGERS = Map.of(
            "seed", new Range(Long.MIN_VALUE, Long.MAX_VALUE),
            "top_k", new Range(-1, Integer.MAX_VALUE),
            "top_logprobs", new Range(0, 20));

    /// As many as `top_logprobs` may ask for.
    private static final int MAX_LIKELIEST = 20;

    private static final Set<String> BOOLEANS = Set.of("parallel_tool_calls", "include_reasoning");
    private static final Set<String> OBJECTS =
            Set.of("response_format", "reasoning", "logit_bias", "metadata", "trace", "debug");

    /// So often may a tool that the provider runs be used when the request does not say; it is then said
    /// upstream.
    static final int FORCED_USES = 5;

    /// A search by a plugin, at most this often.
    private static final int PLUGIN_SEARCHES = 1;

    /// Plugins that cost nothing of their own.
    private static final Set<String> FREE_PLUGINS =
            Set.of("response-healing", "context-compression", "moderation", "auto-router", "pareto-router");

    /// Members of a message that refer to what the provider keeps or fetches: no size to be seen.
    private static final Set<String> OUT_OF_SIGHT = Set.of("audio", "images", "videos", "files");

    /// Tools that the client runs itself.
    private static final Set<String> CLIENT_TOOLS = Set.of("function", "custom");

    private @Nullable String model;
    private List<String> fallbackModels = List.of();
    private boolean stream;
    private boolean usageWanted;
    private long maxTokens;
    private int choices;
    private int messages;
    private int bestOf;
    private boolean audioOutput;
    private long predictionBytes;
    private int searches;
    private int pluginSearches;
    private int tools;
    private final List<ChatRequest.Edit> bounds = new ArrayList<>(0);
    private final List<ChatRequest.Edit> developers = new ArrayList<>(0);
    private boolean prompt;
    private boolean likeliest;
    private @Nullable String user;
    private @Nullable String sessionId;
    private @Nullable String preset;
    private ProviderPreferences preferences = ProviderPreferences.NONE;

    public ChatRequestReader(Limits limits) {
        super(limits);
    }

    @Override
    ChatRequest.Facts facts() {
        return new ChatRequest.Facts(
                RequestKind.CHAT,
                model,
                fallbackModels,
                stream,
                usageWanted,
                maxTokens,
                Math.max(choices, bestOf),
                messages,
                images > 0 || otherMedia,
                tools,
                user,
                sessionId,
                preferences,
                extras(),
                preset,
                null);
    }

    @Override
    ChatRequest.Edits edits() {
        boolean none = bounds.isEmpty() && developers.isEmpty();
        return none ? ChatRequest.Edits.NONE : new ChatRequest.Edits(bounds, developers);
    }

    private ChatRequest.Extras extras() {
        boolean none = images == 0
                && !otherMedia
                && !audioOutput
                && predictionBytes == 0
                && searches == 0
                && pluginSearches == 0;
        return none
                ? ChatRequest.Extras.NONE
                : new ChatRequest.Extras(
                        images,
                        imageBytes,
                        otherMedia,
                        audioOutput,
                        predictionBytes,
                        searches,
                        pluginSearches,
                        0,
                        0,
                        0,
                        0,
                        0);
    }

    @Override
    void clear() {
        model = null;
        fallbackModels = List.of();
        stream = false;
        usageWanted = false;
        maxTokens = 0;
        choices = 1;
        messages = 0;
        bestOf = 0;
        audioOutput = false;
        predictionBytes = 0;
        searches = 0;
        pluginSearches = 0;
        bounds.clear();
        developers.clear();
        tools = 0;
        prompt = false;
        likeliest = false;
        user = null;
        sessionId = null;
        preset = null;
        preferences = ProviderPreferences.NONE;
    }

    @Override
    void check(List<ChatRequest.Member> members) {
        expect("logprobs", !likeliest || prompt, "true or false");
        if (messages == 0 && !prompt) {
            boolean sent = members.stream().anyMatch(member -> member.name().equals("messages"));
            throw bad(sent ? "'messages' must have at least one message." : "'messages' is required.", "messages");
        }
        if (messages > 0 && prompt) {
            throw bad("Send either 'messages' or 'prompt', not both.", "prompt");
        }
    }

    @Override
    void value(String name) {
        if (cursor.atNull() && !name.equals("messages")) {
            cursor.skipValue();
            return;
        }
        switch (name) {
            case "model" -> model = text(name, MAX_MODEL_LENGTH);
            case "models" -> fallbackModels = models();
            case "messages" -> messages();
            case "prompt" -> {
                text(name, Integer.MAX_VALUE);
                prompt = true;
            }
            case "stream" -> stream = bool(name);
            case "stream_options" -> streamOptions();
            case "max_tokens", "max_completion_tokens" -> {
                long limit = integer(name, 1, Integer.MAX_VALUE);
                maxTokens = maxTokens == 0 ? limit : Math.min(maxTokens, limit);
            }
            case "n" -> choices = (int) integer(name, 1, MAX_CHOICES);
            case "best_of" -> bestOf = (int) integer(name, 1, MAX_CHOICES);
            case "prediction" -> {
                int start = cursor.valueStart();
                cursor.skipValue();
                predictionBytes = cursor.position() - start;
            }
            case "modalities", "audio" -> {
                audioOutput = true;
                cursor.skipValue();
            }
            case "web_search_options" -> {
                searches++;
                cursor.skipValue();
            }
            case "plugins" -> plugins();
            case "logprobs" -> logprobs();
            case "stop" -> stop();
            case "tools" -> tools();
            case "user" -> user = text(name, MAX_USER_LENGTH);
            case "session_id" -> sessionId = text(name, MAX_SESSION_LENGTH);
            case "provider" -> preferences = preferences();
            case "preset" -> preset = text(name, MAX_PRESET_LENGTH);
            default -> other(name);
        }
    }

    private void other(String name) {
        byte first = cursor.peek();
        Range range = NUMBERS.get(name);
        if (range != null) {
            number(name, range.least, range.most);
            return;
        }
        range = INTEGERS.get(name);
        if (range != null) {
            integer(name, range.least, range.most);
            return;
        }
        if (BOOLEANS.contains(name)) {
            expect(name, first == 't' || first == 'f', "true or false");
        } else if (OBJECTS.contains(name)) {
            expect(name, first == '{', "an object");
        }
        cursor.skipValue();
    }

    private void streamOptions() {
        expect("stream_options", cursor.peek() == '{', "an object");
        cursor.beginObject();
        while (cursor.nextKey()) {
            if (cursor.key().equals("include_usage") && !cursor.atNull()) {
                usageWanted = bool("stream_options.include_usage");
            } else {
                cursor.skipValue();
            }
        }
    }

    private void messages() {
        if (cursor.peek() != '[') {
            throw bad("'messages' must be an array.", "messages");
        }
        cursor.beginArray();
        while (cursor.nextElement()) {
            if (messages == MAX_MESSAGES) {
                throw bad("'messages' has more than " + MAX_MESSAGES + " messages.", "messages");
            }
            message("messages[" + messages + "]");
            messages++;
        }
    }

    private void message(String path) {
        expect(path, cursor.peek() == '{', "an object");
        boolean role = false;
        boolean content = false;
        cursor.beginObject();
        while (cursor.nextKey()) {
            String name = cursor.key();
            if (name.equals("role")) {
                expect(path + ".role", !role, "given once");
                role = true;
                expect(path + ".role", cursor.peek() == '"', "a string");
                int start = cursor.position();
                String value = cursor.readString();
                if (!ROLES.contains(value)) {
                    throw bad(
                            "'" + path + ".role' must be one of system, user, developer, assistant, tool.",
                            path + ".role");
                }
                if (value.equals(DEVELOPER)) {
                    developers.add(new ChatRequest.Edit(start, cursor.position(), SYSTEM));
                }
            } else if (name.equals("content")) {
                expect(path + ".content", !content, "given once");
                content = true;
                content(path + ".content");
            } else if (OUT_OF_SIGHT.contains(name) && !cursor.atNull()) {
                otherMedia = true;
                cursor.skipValue();
            } else {
                cursor.skipValue();
            }
        }
        expect(path + ".role", role, "given");
    }

    private void content(String path) {
        byte first = cursor.peek();
        if (first == '"' || first == 'n') {
            cursor.skipValue();
            return;
        }
        expect(path, first == '[', "a string or an array of parts");
        int index = 0;
        cursor.beginArray();
        while (cursor.nextElement()) {
            part(path + "[" + index++ + "]");
        }
    }

    private void tools() {
        expect("tools", cursor.peek() == '[', "an array");
        cursor.beginArray();
        while (cursor.nextElement()) {
            tool("tools[" + tools + "]");
            if (++tools > limits.tools()) {
                throw bad("'tools' has more than " + limits.tools() + " tools.", "tools");
            }
        }
    }

    /// A tool that the provider runs costs per use, so its uses are bounded: by the request, or by us.
    private void tool(String path) {
        expect(path, cursor.peek() == '{', "an object");
        int start = cursor.valueStart();
        String type = "function";
        long uses = -1;
        cursor.beginObject();
        while (cursor.nextKey()) {
            String name = cursor.key();
            if (name.equals("type") && cursor.peek() == '"') {
                type = cursor.readString();
            } else if (name.equals("max_uses") && isNumber(cursor.peek())) {
                uses = integer(path + ".max_uses", 0, Integer.MAX_VALUE);
            } else {
                cursor.skipValue();
            }
        }
        if (CLIENT_TOOLS.contains(type)) {
            return;
        }
        if (uses < 0) {
            uses = FORCED_USES;
            int at = start + 1;
            bounds.add(new ChatRequest.Edit(at, at, JsonText.ascii("\"max_uses\":" + FORCED_USES + ",")));
        }
        searches = (int) Math.min(Integer.MAX_VALUE, searches + uses);
    }

    private void plugins() {
        expect("plugins", cursor.peek() == '[', "an array");
        cursor.beginArray();
        while (cursor.nextElement()) {
            expect("plugins", cursor.peek() == '{', "an array of objects");
            String id = "";
            cursor.beginObject();
            while (cursor.nextKey()) {
                if (cursor.key().equals("id") && cursor.peek() == '"') {
                    id = cursor.readString();
                } else {
                    cursor.skipValue();
                }
            }
            pluginSearches += FREE_PLUGINS.contains(id) ? 0 : PLUGIN_SEARCHES;
        }
    }

    /// True or false; beside a `prompt` also a number, as in legacy text completions: so many of the likeliest tokens
    /// are told.
    private void logprobs() {
        byte first = cursor.peek();
        if (isNumber(first)) {
            integer("logprobs", 0, MAX_LIKELIEST);
            likeliest = true;
            return;
        }
        expect("logprobs", first == 't' || first == 'f', "true or false");
        cursor.skipValue();
    }

    private void stop() {
        byte first = cursor.peek();
        if (first == '"') {
            cursor.skipValue();
            return;
        }
        expect("stop", first == '[', "a string or an array of strings");
        int count = 0;
        cursor.beginArray();
        while (cursor.nextElement()) {
            expect("stop[" + count + "]", cursor.peek() == '"', "a string");
            cursor.skipValue();
            expect("stop", ++count <= MAX_STOPS, "at most " + MAX_STOPS + " strings");
        }
    }

    private List<String> models() {
        expect("models", cursor.peek() == '[', "an array of model ids");
        List<String> models = new ArrayList<>(4);
        cursor.beginArray();
        while (cursor.nextElement()) {
            models.add(text("models[" + models.size() + "]", MAX_MODEL_LENGTH));
            expect("models", models.size() <= MAX_FALLBACK_MODELS, "at most " + MAX_FALLBACK_MODELS + " model ids");
        }
        return models;
    }
}
