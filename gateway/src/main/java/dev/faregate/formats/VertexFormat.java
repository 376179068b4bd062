package dev.faregate.formats;

import dev.faregate.base.Trees;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;

/// Google Cloud's Vertex AI below the path of a project and a region: Google's models in Gemini's format
/// (cloud.google.com, "Generate content with the Gemini API"), Anthropic's in theirs (docs.anthropic.com,
/// "Claude on Vertex AI"). A model's name tells whose it is. The others are asked in OpenAI's format, which
/// needs no translation.
public final class VertexFormat implements Format {
    /// Where models of neither are asked (cloud.google.com, "Call MaaS APIs for open models").
    public static final String CHAT_COMPLETIONS = "/endpoints/openapi/chat/completions";

    private static final String ANTHROPIC_VERSION = "vertex-2023-10-16";
    private static final String GOOGLE = "google/";
    private static final String ANTHROPIC = "anthropic/";

    private final GeminiFormat gemini = new GeminiFormat();
    private final AnthropicFormat anthropic = new AnthropicFormat();

    /// Whether it is asked in OpenAI's format: names of other makers' models begin with that maker's.
    public static boolean isOpenAi(String model) {
        return model.contains("/") && !model.startsWith(GOOGLE) && !isClaude(model);
    }

    private static boolean isClaude(String model) {
        return model.startsWith(ANTHROPIC) || model.startsWith("claude-");
    }

    @Override
    public String path(Wanted wanted) {
        if (!isClaude(wanted.model())) {
            return "/publishers/google" + gemini.path(named(wanted, GOOGLE));
        }
        // A version follows an @, which may stand in a path as it is (RFC 3986 section 3.3).
        String model = URLEncoder.encode(named(wanted, ANTHROPIC).model(), StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%40", "@");
        return "/publishers/anthropic/models/" + model + (wanted.stream() ? ":streamRawPredict" : ":rawPredict");
    }

    @Override
    public Said say(ObjectNode chat, Wanted wanted) {
        if (!isClaude(wanted.model())) {
            return gemini.say(chat, named(wanted, GOOGLE));
        }
        ObjectNode body = AnthropicRequest.tree(chat, named(wanted, ANTHROPIC));
        body.put("anthropic_version", ANTHROPIC_VERSION).remove("model");
        // Only Anthropic's own API has tiers, and finds by itself what to cache ("Prompt caching").
        body.remove("service_tier");
        body.remove("cache_control");
        return new Said(Trees.bytes(body), AnthropicFormat.reading(chat));
    }

    /// Google answers in place of a model's maker, such as for a wrong credential or a model that is not there.
    @Override
    public Refusal refusal(int status, byte[] body) {
        return GeminiFormat.isStatus(body) ? gemini.refusal(status, body) : anthropic.refusal(status, body);
    }

    private static Wanted named(Wanted wanted, String maker) {
        return wanted.model().startsWith(maker)
                ? wanted.withModel(wanted.model().substring(maker.length()))
                : wanted;
    }
}
