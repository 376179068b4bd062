package dev.faregate.skins;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Messages of the assistant that are made up by a seed, each whole and as the deltas of a chat stream.
final class SaidInPieces {
    private SaidInPieces() {}

    static void reasoning(Random random, ObjectNode message, List<String> deltas) {
        ArrayNode details = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            String format = random.nextBoolean() ? "anthropic-claude-v1" : "openai-responses-v1";
            if (random.nextInt(3) == 0) {
                ObjectNode detail = details.addObject().put("type", "reasoning.encrypted");
                detail.put("data", "ZGF0YQ").put("format", format).put("index", i);
                deltas.add(detailed(detail.deepCopy()));
                continue;
            }
            String text = words(random);
            details.addObject()
                    .put("type", "reasoning.text")
                    .put("text", text)
                    .put("signature", "c2ln" + i)
                    .put("format", format)
                    .put("index", i);
            for (String piece : cut(random, text)) {
                deltas.add(detailed(JsonNodeFactory.instance
                        .objectNode()
                        .put("type", "reasoning.text")
                        .put("text", piece)
                        .put("index", i)));
            }
            deltas.add(detailed(JsonNodeFactory.instance
                    .objectNode()
                    .put("type", "reasoning.text")
                    .put("signature", "c2ln" + i)
                    .put("format", format)
                    .put("index", i)));
        }
        message.set("reasoning_details", details);
    }

    private static String detailed(ObjectNode detail) {
        return "{\"reasoning_details\":[" + detail + "]}";
    }

    static void text(Random random, ObjectNode message, List<String> deltas) {
        String text = words(random);
        message.put("content", text);
        for (String piece : cut(random, text)) {
            deltas.add(
                    JsonNodeFactory.instance.objectNode().put("content", piece).toString());
        }
    }

    static void calls(Random random, ObjectNode message, List<String> deltas) {
        ArrayNode calls = message.putArray("tool_calls");
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            String arguments = "{\"a\":\"" + words(random) + "\",\"n\":1.50}";
            ObjectNode call = calls.addObject().put("id", "t" + i).put("type", "function");
            call.putObject("function").put("name", "f").put("arguments", arguments);
            deltas.add("{\"tool_calls\":[{\"index\":" + i + ",\"id\":\"t" + i + "\",\"function\":{\"name\":\"f\"}}]}");
            for (String piece : cut(random, arguments)) {
                ObjectNode delta = JsonNodeFactory.instance.objectNode();
                delta.putArray("tool_calls")
                        .addObject()
                        .put("index", i)
                        .putObject("function")
                        .put("arguments", piece);
                deltas.add(delta.toString());
            }
        }
    }

    private static String words(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1 + random.nextInt(12); i++) {
            text.append(List.of("Grüße ", "😀", "data: x ", "end ").get(random.nextInt(4)));
        }
        return text.toString();
    }

    /// Pieces of whole characters.
    private static List<String> cut(Random random, String text) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int to = text.offsetByCodePoints(from, 1);
            while (to < text.length() && random.nextBoolean()) {
                to = text.offsetByCodePoints(to, 1);
            }
            pieces.add(text.substring(from, to));
            from = to;
        }
        return pieces;
    }
}
