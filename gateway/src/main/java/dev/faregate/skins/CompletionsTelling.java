package dev.faregate.skins;

import dev.faregate.base.Json;
import dev.faregate.base.Trees;
import dev.faregate.http.EventStream;
import dev.faregate.http.WireError;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Tells a chat answer as a text completion (platform.openai.com, "The completion object"). Of a stream each event is
/// such an object too, with the text that came.
final class CompletionsTelling implements Telling {
    private static final String OBJECT = "text_completion";

    /// As many as a request may ask for.
    private static final int MAX_CHOICES = 128;

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /// What all events of a stream say of it; empty before the first.
    private static final List<String> HEAD = List.of("id", "object", "created", "model", "provider");

    private final ObjectNode head = NODES.objectNode();

    /// Characters of each choice whose tokens were told, where probabilities are.
    private final Map<Integer, Integer> offsets = new HashMap<>();

    @Override
    public byte[] whole(JsonNode chat) {
        return Trees.bytes(told(chat, "message"));
    }

    @Override
    public void chunk(JsonNode chunk, ByteBuf out) {
        ObjectNode told = told(chunk, "delta");
        HEAD.forEach(name -> Trees.copy(told, name, head, name));
        EventStream.data(out, Trees.bytes(told));
    }

    /// As a chat stream that breaks: one more event, with the error beside a choice that says so.
    @Override
    public void broken(WireError error, ByteBuf out) {
        ObjectNode last = head.deepCopy();
        last.putArray("choices")
                .addObject()
                .put("text", "")
                .put("index", 0)
                .putNull("logprobs")
                .put("finish_reason", "error");
        last.set("error", Json.readObject(error.body()).get("error"));
        EventStream.data(out, Trees.bytes(last));
    }

    @Override
    public byte[] error(WireError error, String generation) {
        return error.body();
    }

    /// All but the choices is the same in both formats.
    private ObjectNode told(JsonNode chat, String said) {
        ObjectNode told = NODES.objectNode();
        for (Map.Entry<String, JsonNode> member : chat.properties()) {
            switch (member.getKey()) {
                case "object" -> told.put("object", OBJECT);
                case "choices" -> {
                    ArrayNode choices = told.putArray("choices");
                    member.getValue().forEach(choice -> choices.add(choice(choice, said)));
                }
                default -> told.set(member.getKey(), member.getValue());
            }
        }
        return told;
    }

    private ObjectNode choice(JsonNode choice, String said) {
        int index = choice.path("index").asInt(0);
        JsonNode message = choice.path(said);
        ObjectNode told = NODES.objectNode();
        told.put("text", message.path("content").asString(""));
        Trees.copy(message, "reasoning", told, "reasoning");
        told.put("index", index);
        JsonNode tokens = choice.path("logprobs").path("content");
        told.set("logprobs", tokens.isArray() ? logprobs(tokens, index) : NODES.nullNode());
        told.set("finish_reason", choice.has("finish_reason") ? choice.get("finish_reason") : NODES.nullNode());
        Trees.copy(choice, "native_finish_reason", told, "native_finish_reason");
        Trees.copy(choice, "error", told, "error");
        return told;
    }

    /// Four lists with one entry for each token: the token, its logarithm, those that were likeliest, and where
    /// it begins in the text, in characters.
    private ObjectNode logprobs(JsonNode content, int index) {
        ObjectNode told = NODES.objectNode();
        ArrayNode tokens = told.putArray("tokens");
        ArrayNode logarithms = told.putArray("token_logprobs");
        ArrayNode likeliest = told.putArray("top_logprobs");
        ArrayNode places = told.putArray("text_offset");
        int offset = offsets.getOrDefault(index, 0);
        for (JsonNode one : content) {
            String token = one.path("token").asString("");
            tokens.add(token);
            logarithms.add(one.path("logprob"));
            ObjectNode others = likeliest.addObject();
            one.path("top_logprobs")
                    .forEach(other -> others.set(other.path("token").asString(""), other.path("logprob")));
            places.add(offset);
            offset += token.codePointCount(0, token.length());
        }
        offsets.put(index, offset);
        if (offsets.size() > MAX_CHOICES) {
            throw new IllegalStateException("more choices than anybody asked for");
        }
        return told;
    }
}
