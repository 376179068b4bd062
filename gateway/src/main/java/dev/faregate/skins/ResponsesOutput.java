package dev.faregate.skins;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The output of a response as it grows: one item after the other, each opened, filled part by part and closed
/// (platform.openai.com, "Streaming events"). Every step is an event.
final class ResponsesOutput {
    /// Characters of what was generated in a stream, whose end says all of it once more.
    static final int MAX_KEPT = 8 << 20;

    /// More items are nothing that a model makes.
    static final int MAX_ITEMS = 1_000;

    /// What a piece of text is of.
    enum Kind {
        NONE("", ""),
        SUMMARY("response.reasoning_summary_text", "summary_index"),
        REASONING("response.reasoning_text", "content_index"),
        TEXT("response.output_text", "content_index"),
        REFUSAL("response.refusal", "content_index"),
        ARGUMENTS("response.function_call_arguments", ""),
        INPUT("response.custom_tool_call_input", "");

        private final String event;
        private final String index;

        Kind(String event, String index) {
            this.event = event;
            this.index = index;
        }

        boolean isCall() {
            return this == ARGUMENTS || this == INPUT;
        }
    }

    private final ArrayNode items = JsonNodeFactory.instance.arrayNode();
    private final ResponsesEvents events;
    private final String response;
    private @Nullable ObjectNode item;

    /// Of the open item: the part that is open, the text of it so far, and what stands beside a text.
    private Kind part = Kind.NONE;

    private final StringBuilder text = new StringBuilder();
    private ArrayNode annotations = items.arrayNode();
    private ArrayNode logprobs = items.arrayNode();
    private long kept;

    /// `response` is the id of the response, from which the items have theirs.
    ResponsesOutput(ResponsesEvents events, String response) {
        this.events = events;
        this.response = response;
    }

    /// The items that are closed.
    ArrayNode items() {
        return items;
    }

    /// Whether an item of that type is open.
    boolean isIn(String type) {
        return item != null && item.path("type").asString("").equals(type);
    }

    boolean isIn(Kind kind) {
        return part == kind;
    }

    /// The open item; to have none is a bug.
    ObjectNode item() {
        return Objects.requireNonNull(item);
    }

    /// Begins an item after the one before; `id` is null where nobody gave it one. It is announced by [#announce].
    ObjectNode open(String type, String prefix, @Nullable String id) {
        close("completed");
        if (items.size() == MAX_ITEMS) {
            throw new IllegalStateException("the answer has more than " + MAX_ITEMS + " items");
        }
        ObjectNode opened = items.objectNode().put("type", type);
        opened.put("id", id == null ? prefix + "_" + response + "_" + items.size() : id);
        item = opened;
        return opened;
    }

    void announce() {
        if (events.live()) {
            events.send(indexed("response.output_item.added").set("item", item().deepCopy()));
        }
    }

    /// Adds to the part of that kind, which is begun where it is not open.
    void say(Kind kind, String piece) {
        if (piece.isEmpty()) {
            return;
        }
        begin(kind);
        count(piece);
        text.append(piece);
        if (events.live()) {
            ObjectNode event = inPart(kind.event + ".delta").put("delta", piece);
            if (kind == Kind.TEXT) {
                event.putArray("logprobs");
            }
            events.send(event);
        }
    }

    /// As [#say] of a text whose tokens have probabilities.
    void say(String piece, JsonNode tokens) {
        begin(Kind.TEXT);
        count(piece);
        count(tokens.toString());
        text.append(piece);
        tokens.forEach(logprobs::add);
        if (events.live()) {
            events.send(inPart(Kind.TEXT.event + ".delta").put("delta", piece).set("logprobs", tokens));
        }
    }

    /// Sets where a text has something from.
    void annotate(ObjectNode annotation) {
        count(annotation.toString());
        if (events.live()) {
            events.send(inPart("response.output_text.annotation.added")
                    .put("annotation_index", annotations.size())
                    .set("annotation", annotation));
        }
        annotations.add(annotation);
    }

    /// Counts what has to be kept until the end.
    void count(String more) {
        kept += more.length();
        if (events.live() && kept > MAX_KEPT) {
            throw new IllegalStateException("the answer has more than " + MAX_KEPT + " characters");
        }
    }

    /// Begins a part of the open item, unless it is the one that is open.
    void begin(Kind kind) {
        if (part == kind) {
            return;
        }
        closePart();
        part = kind;
        if (events.live() && !kind.isCall()) {
            String added =
                    kind == Kind.SUMMARY ? "response.reasoning_summary_part.added" : "response.content_part.added";
            events.send(inPart(added).set("part", partOf("")));
        }
    }

    /// Ends the open item, if there is one; `status` is how it ended.
    void close(String status) {
        ObjectNode closing = item;
        if (closing == null) {
            return;
        }
        closePart();
        if (closing.has("status")) {
            closing.put("status", status);
        }
        if (events.live()) {
            events.send(indexed("response.output_item.done").set("item", closing));
        }
        items.add(closing);
        item = null;
    }

    private void closePart() {
        if (part == Kind.NONE) {
            return;
        }
        String all = text.toString();
        switch (part) {
            case ARGUMENTS -> {
                item().put("arguments", all);
                done("arguments", all, item().path("name"));
            }
            case INPUT -> {
                item().put("input", all);
                done("input", all, items.missingNode());
            }
            case SUMMARY -> closePart("summary", "text", all, "response.reasoning_summary_part.done");
            case REFUSAL -> closePart("content", "refusal", all, "response.content_part.done");
            case NONE, REASONING, TEXT -> closePart("content", "text", all, "response.content_part.done");
        }
        part = Kind.NONE;
        text.setLength(0);
        annotations = items.arrayNode();
        logprobs = items.arrayNode();
    }

    private void closePart(String list, String name, String all, String event) {
        done(name, all, items.missingNode());
        ObjectNode closed = partOf(all);
        if (events.live()) {
            events.send(inPart(event).set("part", closed));
        }
        item().withArray(list).add(closed);
    }

    private void done(String name, String all, JsonNode tool) {
        if (!events.live()) {
            return;
        }
        ObjectNode event = inPart(part.event + ".done").put(name, all);
        if (part == Kind.TEXT) {
            event.set("logprobs", logprobs);
        }
        if (tool.isString()) {
            event.set("name", tool);
        }
        events.send(event);
    }

    private ObjectNode partOf(String said) {
        ObjectNode made = items.objectNode();
        return switch (part) {
            case SUMMARY -> made.put("type", "summary_text").put("text", said);
            case REASONING -> made.put("type", "reasoning_text").put("text", said);
            case REFUSAL -> made.put("type", "refusal").put("refusal", said);
            case NONE, TEXT, ARGUMENTS, INPUT -> {
                made.put("type", "output_text").put("text", said);
                made.set("annotations", annotations);
                yield made.set("logprobs", logprobs);
            }
        };
    }

    /// An event about the open item, by its place and its id.
    ObjectNode inItem(String type) {
        return indexed(type).put("item_id", item().path("id").asString(""));
    }

    private ObjectNode indexed(String type) {
        return events.event(type).put("output_index", items.size());
    }

    /// An event about the open part, which comes after those that are in its list.
    private ObjectNode inPart(String type) {
        ObjectNode event = inItem(type);
        if (!part.index.isEmpty()) {
            String list = part == Kind.SUMMARY ? "summary" : "content";
            event.put(part.index, item().path(list).size());
        }
        return event;
    }
}
