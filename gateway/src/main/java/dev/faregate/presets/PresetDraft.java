package dev.faregate.presets;

import dev.faregate.base.ApiError;
import dev.faregate.base.ApiException;
import dev.faregate.chat.ChatRequestReader;
import dev.faregate.chat.PresetReference;
import dev.faregate.chat.RequestReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What is kept of an inference body as a version of a preset (contract 2.4): the settings, checked as a
/// request would be, and the system text. Messages and everything else that belongs to one request are not
/// kept. Pure.
///
/// @param config a JSON object of chat fields
record PresetDraft(String config, @Nullable String systemPrompt) {
    static final int MAX_CONFIG_BYTES = 64 * 1024;
    static final int MAX_PROMPT_LENGTH = 100_000;
    static final int MAX_CACHE_TTL_S = 86_400;

    /// The fields of a chat request that are settings.
    private static final Set<String> SETTINGS = Set.of(
            "model",
            "models",
            "temperature",
            "top_p",
            "top_k",
            "top_a",
            "min_p",
            "frequency_penalty",
            "presence_penalty",
            "repetition_penalty",
            "seed",
            "stop",
            "max_tokens",
            "max_completion_tokens",
            "logit_bias",
            "logprobs",
            "top_logprobs",
            "tools",
            "tool_choice",
            "parallel_tool_calls",
            "response_format",
            "structured_outputs",
            "reasoning",
            "reasoning_effort",
            "include_reasoning",
            "verbosity",
            "modalities",
            "image_config",
            "provider",
            "plugins",
            "transforms",
            "route",
            "service_tier",
            "cache_control",
            "prompt_cache_options",
            "web_search_options",
            "max_tool_calls",
            "stop_server_tools_when",
            "cache_enabled",
            "cache_ttl_seconds");

    private static final Set<String> INSTRUCTING_ROLES = Set.of("system", "developer");
    private static final byte[] SOME_MESSAGE =
            ",\"messages\":[{\"role\":\"user\",\"content\":\"-\"}]}".getBytes(StandardCharsets.US_ASCII);

    /// Of a body of `POST /chat/completions`.
    static PresetDraft ofChat(ObjectNode body, RequestReader.Limits limits) {
        return checked(body, instructions(body.path("messages"), "messages"), limits);
    }

    /// Of chat fields, of which those that are no settings are left out. Throws a 400 that names what a
    /// request could not have.
    static PresetDraft checked(ObjectNode chat, @Nullable String systemPrompt, RequestReader.Limits limits) {
        ObjectNode config = chat.objectNode();
        chat.properties().forEach(field -> {
            if (SETTINGS.contains(field.getKey()) && !field.getValue().isNull()) {
                config.set(field.getKey(), field.getValue());
            }
        });
        withoutReference(config);
        checkCaching(config);
        byte[] bytes = config.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_CONFIG_BYTES) {
            throw bad("The settings of a preset must have at most " + MAX_CONFIG_BYTES + " bytes.", null);
        }
        read(bytes, limits);
        return new PresetDraft(new String(bytes, StandardCharsets.UTF_8), systemPrompt);
    }

    /// A preset cannot refer to another one.
    private static void withoutReference(ObjectNode config) {
        JsonNode model = config.path("model");
        PresetReference reference = model.isString() ? PresetReference.ofModel(model.asString()) : null;
        if (reference != null) {
            config.remove("model");
            if (reference.model() != null) {
                config.put("model", reference.model());
            }
        }
    }

    private static void checkCaching(ObjectNode config) {
        JsonNode enabled = config.path("cache_enabled");
        if (!enabled.isMissingNode() && !enabled.isBoolean()) {
            throw bad("'cache_enabled' must be true or false.", "cache_enabled");
        }
        JsonNode ttl = config.path("cache_ttl_seconds");
        boolean good = ttl.isIntegralNumber() && ttl.canConvertToInt() && ttl.intValue() >= 1;
        if (!ttl.isMissingNode() && !(good && ttl.intValue() <= MAX_CACHE_TTL_S)) {
            throw bad(
                    "'cache_ttl_seconds' must be a whole number from 1 to " + MAX_CACHE_TTL_S + ".",
                    "cache_ttl_seconds");
        }
    }

    /// Reads the settings as a request with one message.
    private static void read(byte[] config, RequestReader.Limits limits) {
        boolean empty = config.length == 2;
        int settings = config.length - 1;
        int from = empty ? 1 : 0;
        byte[] request = new byte[settings + SOME_MESSAGE.length - from];
        System.arraycopy(config, 0, request, 0, settings);
        System.arraycopy(SOME_MESSAGE, from, request, settings, SOME_MESSAGE.length - from);
        new ChatRequestReader(limits).read(request, 0, request.length);
    }

    /// The text of the messages that instruct, in order; null when there are none.
    static @Nullable String instructions(JsonNode messages, String path) {
        List<String> texts = new ArrayList<>();
        if (messages.isMissingNode() || messages.isNull()) {
            return null;
        }
        if (!messages.isArray()) {
            throw bad("'" + path + "' must be an array.", path);
        }
        for (JsonNode message : messages) {
            if (INSTRUCTING_ROLES.contains(message.path("role").asString(""))) {
                texts.add(text(message.path("content"), path));
            }
        }
        return texts.isEmpty() ? null : prompt(String.join("\n\n", texts), path);
    }

    /// A text, or a list of parts of type `text`.
    static String text(JsonNode content, String path) {
        if (content.isString()) {
            return content.asString();
        }
        if (!content.isArray()) {
            throw bad("'" + path + "' must hold a text or text parts as instructions.", path);
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode part : content) {
            if (!part.path("text").isString()) {
                throw bad("'" + path + "' must hold nothing but text in its instructions.", path);
            }
            texts.add(part.path("text").asString());
        }
        return String.join("\n", texts);
    }

    /// Checks a system prompt; an empty one is none.
    static @Nullable String prompt(String text, String path) {
        if (text.codePointCount(0, text.length()) > MAX_PROMPT_LENGTH) {
            throw bad(
                    "The instructions in '" + path + "' must have at most " + MAX_PROMPT_LENGTH + " characters.", path);
        }
        if (text.codePoints().anyMatch(PresetDraft::unstorable)) {
            throw bad("The instructions in '" + path + "' must not hold control characters.", path);
        }
        return text.isBlank() ? null : text;
    }

    private static boolean unstorable(int codePoint) {
        boolean control =
                Character.isISOControl(codePoint) && codePoint != '\n' && codePoint != '\r' && codePoint != '\t';
        return control || Character.getType(codePoint) == Character.SURROGATE;
    }

    static ApiException bad(String message, @Nullable String param) {
        return new ApiException(new ApiError.BadRequest(message, param));
    }
}
