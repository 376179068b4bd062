package dev.faregate.routing;

import dev.faregate.base.Json;
import dev.faregate.chat.ChatRequest;
import dev.faregate.chat.ChatRequestReader;
import dev.faregate.models.Catalogue;
import dev.faregate.models.CatalogueReader;
import dev.faregate.models.Model;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Random chat requests, many of them hostile: text that a tokenizer cuts into single bytes, escapes, tools,
/// tiny messages in great numbers.
public final class RandomRequests {
    /// A request as it is sent, and the texts that a provider puts before its model.
    public record Sent(byte[] body, List<String> messageTexts, String tools, int toolCount, int messages) {
        public ChatRequest read() {
            return new ChatRequestReader(ChatRequestReader.Limits.DEFAULTS).read(body, 0, body.length);
        }
    }

    private static final String[] WORDS = {
        "the",
        " hello",
        "naïve",
        "antidisestablishmentarianism",
        "    ",
        "\n\n\n",
        "{\"a\":[1,2]}",
        "日本語",
        "𓀀",
        "👩‍👩‍👧‍👦",
        "مرحبا",
        "Ω≈ç√",
        "0123456789",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "<|endoftext|>",
        "<|im_start|>",
        "\u0000",
        "\u202E",
        "e\u0301\u0302\u0303",
        "ÿÿÿÿ",
        "\t",
        "'ll",
        "'S",
        "\uFDFA",
        "\r\n",
        "%%%%%%",
        "/* */",
        "\\\\"
    };

    private final Random random;

    public RandomRequests(long seed) {
        random = new Random(seed);
    }

    public Sent next() {
        List<String> texts = new ArrayList<>();
        int messages = 1 + random.nextInt(random.nextInt(20) == 0 ? 60 : 4);
        StringBuilder body = new StringBuilder("{\"model\":\"openai/test\",\"messages\":[");
        for (int i = 0; i < messages; i++) {
            String role = new String[] {"system", "user", "assistant", "tool"}[random.nextInt(4)];
            String text = text();
            texts.add(role);
            texts.add(text);
            body.append(i == 0 ? "" : ",").append("{\"role\":\"").append(role).append("\",\"content\":");
            body.append(random.nextBoolean() ? quoted(text) : "[{\"type\":\"text\",\"text\":" + quoted(text) + "}]");
            if (random.nextInt(6) == 0) {
                String name = "n" + random.nextInt(1_000);
                texts.add(name);
                body.append(",\"name\":\"").append(name).append('"');
            }
            body.append('}');
        }
        body.append(']');
        int tools = random.nextInt(5) == 0 ? 1 + random.nextInt(4) : 0;
        String toolJson = tools(tools);
        if (tools > 0) {
            body.append(",\"tools\":").append(toolJson);
        }
        body.append('}');
        return new Sent(body.toString().getBytes(StandardCharsets.UTF_8), texts, toolJson, tools, messages);
    }

    private String tools(int count) {
        StringBuilder json = new StringBuilder("[");
        for (int i = 0; i < count; i++) {
            json.append(i == 0 ? "" : ",")
                    .append("{\"type\":\"function\",\"function\":{\"name\":\"f")
                    .append(i)
                    .append("\",\"description\":")
                    .append(quoted(text()))
                    .append(",\"parameters\":{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"string\"}}}}}");
        }
        return json.append(']').toString();
    }

    public String text() {
        StringBuilder text = new StringBuilder();
        int pieces = random.nextInt(12);
        for (int i = 0; i < pieces; i++) {
            switch (random.nextInt(4)) {
                case 0 -> text.append((char) (' ' + random.nextInt(95)));
                case 1 -> {
                    int codePoint = random.nextInt(0x1FFFF);
                    text.appendCodePoint(Character.getType(codePoint) == Character.SURROGATE ? 'x' : codePoint);
                }
                default -> text.append(WORDS[random.nextInt(WORDS.length)]);
            }
        }
        return text.toString();
    }

    /// As a JSON string; sometimes with escapes where none are needed.
    private String quoted(String text) {
        if (random.nextInt(4) != 0) {
            return new String(Json.write(out -> out.writeString(text)), StandardCharsets.UTF_8);
        }
        StringBuilder escaped = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            escaped.append(String.format("\\u%04x", (int) text.charAt(i)));
        }
        return escaped.append('"').toString();
    }

    /// A model with one endpoint; `more` are further members of the endpoint, `pricing` of its prices.
    public static Model model(String id, String tokenizer, @Nullable String more) {
        String json =
                "{\"as_of\":\"2026-07-02\",\"source\":\"test\",\"providers\":[{\"slug\":\"acme\",\"name\":\"Acme\","
                        + "\"format\":\"openai\",\"base_url\":\"https://acme.test/v1\"}],\"models\":[{\"id\":\"" + id
                        + "\",\"name\":\"Test\",\"context_length\":10000000,\"tokenizer\":\"" + tokenizer
                        + "\",\"endpoints\":[{\"provider\":\"acme\",\"max_completion_tokens\":4096"
                        + (more == null ? ",\"pricing\":{\"prompt\":\"2.5\",\"completion\":\"10\"}" : "," + more)
                        + "}]}]}";
        Catalogue catalogue = CatalogueReader.read(json.getBytes(StandardCharsets.UTF_8));
        return catalogue.findModel(id).orElseThrow();
    }
}
