package dev.faregate.chat;

import static dev.faregate.chat.JsonText.ascii;
import static dev.faregate.chat.JsonText.quoted;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Turns a request into what goes upstream without rebuilding it: members that stay are taken as
/// the bytes they came in, in runs as long as possible, and only what must differ is written anew.
///
/// @param model the upstream's own name of the model
/// @param limitField the upstream's name of the output limit: `max_tokens` or
/// `max_completion_tokens`
/// @param limit the output limit to send, in tokens; 0 sends none
/// @param user the end user as the upstream may know them, or null to send none
/// @param passThrough true when the upstream is a router like this one and understands the routing
/// fields
/// @param developers whether the upstream knows the role `developer`; to others it is called
/// `system`
/// @param streams whether the upstream is asked for events where the client asks for them
public record RequestSplice(
        String model,
        String limitField,
        long limit,
        @Nullable String user,
        boolean passThrough,
        boolean developers,
        boolean streams) {
    /// Receives the upstream body, piece by piece.
    public interface Sink {
        /// Bytes `[from, to)` of the array that the request was read from.
        void original(int from, int to);

        void inserted(byte[] bytes);
    }

    /// Fields that are meant for the router and that an OpenAI-compatible server would refuse or not
    /// understand.
    private static final Set<String> ROUTER_FIELDS = Set.of(
            "models",
            "provider",
            "plugins",
            "transforms",
            "preset",
            "route",
            "usage",
            "debug",
            "trace",
            "session_id",
            "include_reasoning",
            "image_config",
            "stop_server_tools_when",
            "max_tool_calls",
            "cache_control",
            "prompt_cache_options");

    /// Never sent on, not even to another router: what is billed is the model that was held for, at the
    /// prices it was held for. We try other models and tiers ourselves.
    private static final Set<String> NEVER_SENT = Set.of("models", "route", "preset");

    private static final Set<String> DEARER_TIERS = Set.of("priority", "fast", "scale");

    private static final byte[] OPEN = ascii("{");
    private static final byte[] CLOSE = ascii("}");
    private static final byte[] COMMA = ascii(",");
    private static final byte[] USAGE_WANTED = ascii("\"stream_options\":{\"include_usage\":true}");

    public void write(ChatRequest request, Sink sink) {
        new Writer(request, sink).write();
    }

    private final class Writer {
        private final ChatRequest request;
        private final Sink sink;
        private int runStart = -1;
        private int runEnd;
        private boolean first = true;

        Writer(ChatRequest request, Sink sink) {
            this.request = request;
            this.sink = sink;
        }

        void write() {
            sink.inserted(OPEN);
            boolean modelSent = false;
            boolean images = request.facts().kind() == RequestKind.IMAGES;
            for (ChatRequest.Member member : request.members()) {
                if (images && saidOtherwise(member)) {
                    continue;
                }
                switch (member.name()) {
                    case "model" -> {
                        insert("\"model\":" + quoted(model));
                        modelSent = true;
                    }
                    // Written once at the end, under the upstream's own name for it.
                    case "max_tokens", "max_completion_tokens" -> endRun();
                    case "stream_options" -> {
                        if (request.facts().stream()) {
                            endRun();
                        } else {
                            keep(member);
                        }
                    }
                    case "user" -> {
                        endRun();
                        if (user != null) {
                            insert("\"user\":" + quoted(user));
                        }
                    }
                    case "prompt" -> {
                        if (request.facts().kind() == RequestKind.CHAT) {
                            prompt(member);
                        } else {
                            keep(member);
                        }
                    }
                    case "logprobs" -> logprobs(member);
                    // Tools that the provider runs get the bound on their uses that was held for.
                    case "tools" -> edit(member, request.edits().tools());
                    case "messages" ->
                        edit(member, developers ? List.of() : request.edits().developers());
                    case "service_tier" -> {
                        if (isDearer(member)) {
                            endRun();
                        } else {
                            keep(member);
                        }
                    }
                    default -> {
                        boolean routing = ROUTER_FIELDS.contains(member.name());
                        if (!NEVER_SENT.contains(member.name()) && (passThrough || !routing)) {
                            keep(member);
                        } else {
                            endRun();
                        }
                    }
                }
            }
            if (!modelSent) {
                insert("\"model\":" + quoted(model));
            }
            if (limit > 0) {
                insert("\"" + limitField + "\":" + limit);
            }
            if (images) {
                imageMembers();
            } else if (request.facts().stream()) {
                insert(USAGE_WANTED);
            }
            endRun();
            sink.inserted(CLOSE);
        }

        /// Deals with a member that is said in another way where images are made; false for all
        /// others.
        private boolean saidOtherwise(ChatRequest.Member member) {
            switch (member.name()) {
                case "response_format" -> endRun();
                case "stream", "partial_images" -> keepIf(streams, member);
                case "size", "resolution", "aspect_ratio" -> keepIf(passThrough, member);
                case "input_references" -> {
                    if (passThrough) {
                        keep(member);
                    } else {
                        references(member);
                    }
                }
                default -> {
                    return false;
                }
            }
            return true;
        }

        private void keepIf(boolean known, ChatRequest.Member member) {
            if (known) {
                keep(member);
            } else {
                endRun();
            }
        }

        /// OpenAI's name for images that are sent ("Create image edit", a body of JSON).
        private void references(ChatRequest.Member member) {
            insert("\"images\":[");
            String separator = "";
            JsonCursor cursor = cursor(member);
            cursor.beginArray();
            while (cursor.nextElement()) {
                cursor.beginObject();
                while (cursor.nextKey()) {
                    if (!cursor.key().equals("image_url")) {
                        cursor.skipValue();
                        continue;
                    }
                    cursor.beginObject();
                    while (cursor.nextKey()) {
                        boolean url = cursor.key().equals("url");
                        int start = cursor.valueStart();
                        cursor.skipValue();
                        if (url) {
                            sink.inserted(ascii(separator + "{\"image_url\":"));
                            sink.original(start, cursor.position());
                            sink.inserted(CLOSE);
                        }
                    }
                }
                separator = ",";
            }
            sink.inserted(ascii("]"));
        }

        /// What other routers do on their own: the size in pixels, and images in the answer rather
        /// than at an address.
        private void imageMembers() {
            if (passThrough) {
                return;
            }
            ImageSize asked = ImageSize.of(word("size"), word("resolution"), word("aspect_ratio"));
            String size = asked == null ? null : asked.sentTo(model);
            if (size != null) {
                insert("\"size\":\"" + size + "\"");
            }
            if (!ImageSize.isGpt(model)) {
                insert("\"response_format\":\"b64_json\"");
            }
        }

        private @Nullable String word(String name) {
            for (ChatRequest.Member member : request.members()) {
                if (member.name().equals(name) && request.body[member.valueStart()] == '"') {
                    return cursor(member).readString();
                }
            }
            return null;
        }

        private JsonCursor cursor(ChatRequest.Member member) {
            // The depth was checked when the request was read.
            return new JsonCursor(Integer.MAX_VALUE).reset(request.body, member.valueStart(), member.valueEnd());
        }

        /// `prompt` is the text-completion way to say one user message.
        private void prompt(ChatRequest.Member member) {
            insert(ascii("\"messages\":[{\"role\":\"user\",\"content\":"));
            sink.original(member.valueStart(), member.valueEnd());
            sink.inserted(ascii("}]"));
        }

        /// How legacy text completions ask for the likeliest tokens is a number.
        private void logprobs(ChatRequest.Member member) {
            String asked = new String(
                    request.body,
                    member.valueStart(),
                    member.valueEnd() - member.valueStart(),
                    StandardCharsets.US_ASCII);
            if (!Character.isDigit(asked.charAt(0))) {
                keep(member);
                return;
            }
            insert("\"logprobs\":true" + (request.has("top_logprobs") ? "" : ",\"top_logprobs\":" + asked));
        }

        /// A tier that costs more than the plain endpoint is an endpoint of its own, with its own prices.
        private boolean isDearer(ChatRequest.Member member) {
            if (request.body[member.valueStart()] != '"') {
                return false;
            }
            String tier = cursor(member).readString();
            return DEARER_TIERS.contains(tier);
        }

        private void edit(ChatRequest.Member member, List<ChatRequest.Edit> edits) {
            if (edits.isEmpty()) {
                keep(member);
                return;
            }
            endRun();
            separate();
            int from = member.keyStart();
            for (ChatRequest.Edit edit : edits) {
                sink.original(from, edit.from());
                sink.inserted(edit.text());
                from = edit.to();
            }
            sink.original(from, member.valueEnd());
        }

        private void keep(ChatRequest.Member member) {
            if (runStart >= 0) {
                // Adjacent to the run: the comma and white space between stand in the body already.
                runEnd = member.valueEnd();
                return;
            }
            separate();
            runStart = member.keyStart();
            runEnd = member.valueEnd();
        }

        private void insert(String json) {
            insert(json.getBytes(StandardCharsets.UTF_8));
        }

        private void insert(byte[] json) {
            endRun();
            separate();
            sink.inserted(json);
        }

        private void separate() {
            if (!first) {
                sink.inserted(COMMA);
            }
            first = false;
        }

        private void endRun() {
            if (runStart >= 0) {
                sink.original(runStart, runEnd);
                runStart = -1;
            }
        }
    }
}
