package dev.faregate.testkit;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// What a request asks for, read in one pass over its top-level fields without building a tree.
/// `limit` is `max_completion_tokens`, else `max_tokens`; `choices` is `n`; `vectors` is what
/// embeddings are asked for and `ranking` what a reranking is, `pictures` what images are,
/// `transcript` what a transcription is, else null. `wire` is the format it asks in.
record Asked(
        Wire wire,
        String model,
        boolean stream,
        boolean includeUsage,
        @Nullable Long limit,
        int choices,
        @Nullable String user,
        int bodyBytes,
        @Nullable Vectors vectors,
        @Nullable Ranking ranking,
        @Nullable Pictures pictures,
        @Nullable Transcript transcript) {
    /// A request of which nothing is known yet.
    static final Asked NOTHING = new Asked(Wire.OPENAI, "", false, false, null, 1, null, 0, null, null, null, null);

    private static final int MAX_CHOICES = 128;
    private static final int MAX_DIMENSIONS = 16_384;
    private static final int BYTES_PER_TOKEN = 4;
    private static final JsonFactory JSON = new JsonFactory();

    /// `path` is one of a model's. Throws [Unreadable] with a text for the client when the body is not a JSON object or
    /// a field has a wrong type.
    static Asked scan(String path, byte[] body) throws Unreadable {
        Kind kind = Objects.requireNonNull(Kind.find(path));
        if (kind == Kind.TRANSCRIPTIONS && Transcript.isUpload(body)) {
            Transcript transcript = Transcript.of(body);
            return new Asked(
                    Wire.OPENAI,
                    transcript.model(),
                    false,
                    true,
                    null,
                    1,
                    null,
                    body.length,
                    null,
                    null,
                    null,
                    transcript);
        }
        Asked asked = scan(Wire.of(path), kind, body);
        return Wire.isInPath(path) ? asked.at(Wire.model(path), Wire.streams(path)) : asked;
    }

    /// Some paths name the model and say whether to stream.
    private Asked at(String named, boolean streamed) {
        return new Asked(
                wire,
                named,
                streamed,
                includeUsage,
                limit,
                choices,
                user,
                bodyBytes,
                vectors,
                ranking,
                pictures,
                transcript);
    }

    private static Asked scan(Wire wire, Kind kind, byte[] body) throws Unreadable {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), body, 0, body.length)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new Unreadable("We could not parse the JSON body of your request: it must be an object.");
            }
            return new Scan(wire, kind, json).read(body.length);
        } catch (JacksonException e) {
            throw new Unreadable("We could not parse the JSON body of your request.");
        }
    }

    /// The default for prompt tokens: one per four bytes of body, rounded up.
    long defaultPromptTokens() {
        return Math.ceilDiv(bodyBytes, BYTES_PER_TOKEN);
    }

    /// A body that a provider refuses with 400.
    static final class Unreadable extends Exception {
        Unreadable(String message) {
            super(message, null, false, false);
        }
    }

    private static final class Scan {
        private final Wire wire;
        private final JsonParser json;
        private String model = "";
        private boolean stream;
        private boolean includeUsage;
        private @Nullable Long maxTokens;
        private @Nullable Long maxCompletionTokens;
        private int choices = 1;
        private @Nullable String user;
        private final Kind kind;
        private int inputs;
        private int documents;
        private int partial;
        private int topN = Integer.MAX_VALUE;
        private int dimensions = Vectors.DEFAULT_DIMENSIONS;
        private boolean base64;
        private boolean verbose;

        Scan(Wire wire, Kind kind, JsonParser json) {
            this.wire = wire;
            this.json = json;
            this.kind = kind;
        }

        Asked read(int bodyBytes) throws Unreadable {
            while (json.nextToken() != JsonToken.END_OBJECT) {
                field(json.currentName(), json.nextToken());
            }
            if (json.nextToken() != null) {
                throw new Unreadable("We could not parse the JSON body of your request: something follows the object.");
            }
            Long limit = maxCompletionTokens != null ? maxCompletionTokens : maxTokens;
            if (kind == Kind.EMBEDDINGS && inputs == 0) {
                throw wrongType("input");
            }
            if (kind == Kind.RERANK && documents == 0) {
                throw wrongType("documents");
            }
            Vectors vectors = kind == Kind.EMBEDDINGS ? new Vectors(inputs, dimensions, base64) : null;
            Ranking ranking = kind == Kind.RERANK ? new Ranking(documents, topN) : null;
            Pictures pictures = kind == Kind.IMAGES ? new Pictures(choices, stream ? partial : 0) : null;
            // That of images and transcripts comes unasked.
            boolean unasked = kind == Kind.IMAGES || kind == Kind.TRANSCRIPTIONS;
            boolean usage = includeUsage || wire != Wire.OPENAI || unasked;
            Transcript transcript = kind == Kind.TRANSCRIPTIONS ? new Transcript(model, verbose) : null;
            return new Asked(
                    wire,
                    model,
                    stream,
                    usage,
                    limit,
                    choices,
                    user,
                    bodyBytes,
                    vectors,
                    ranking,
                    pictures,
                    transcript);
        }

        private void field(String name, JsonToken value) throws Unreadable {
            switch (name) {
                case "model" -> model = text(name, value, "");
                case "user" -> user = text(name, value, null);
                case "stream" -> stream = flag(name, value);
                case "max_tokens" -> maxTokens = count(name, value);
                case "max_completion_tokens" -> maxCompletionTokens = count(name, value);
                case "generationConfig" -> settings("maxOutputTokens");
                case "inferenceConfig" -> settings("maxTokens");
                case "n" -> choices = choices(count(name, value));
                case "stream_options" -> streamOptions(value);
                case "input" -> inputs(value);
                case "partial_images" -> partial = value == JsonToken.VALUE_NUMBER_INT ? json.getIntValue() : 0;
                case "response_format" -> {
                    verbose = value == JsonToken.VALUE_STRING && Transcript.VERBOSE.equals(json.getString());
                    json.skipChildren();
                }
                case "documents" -> documents(value);
                case "top_n" -> topN(count(name, value));
                case "dimensions" -> dimensions(count(name, value));
                case "encoding_format" -> base64 = "base64".equals(text(name, value, ""));
                default -> json.skipChildren();
            }
        }

        /// One text or the token ids of one text, or a list of what is embedded.
        private void inputs(JsonToken value) {
            inputs = value == JsonToken.VALUE_STRING ? 1 : 0;
            if (value != JsonToken.START_ARRAY) {
                json.skipChildren();
                return;
            }
            for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
                inputs = next == JsonToken.VALUE_NUMBER_INT ? 1 : inputs + 1;
                json.skipChildren();
            }
        }

        private void documents(JsonToken value) {
            if (value != JsonToken.START_ARRAY) {
                json.skipChildren();
                return;
            }
            while (json.nextToken() != JsonToken.END_ARRAY) {
                documents++;
                json.skipChildren();
            }
        }

        private void topN(@Nullable Long asked) {
            topN = asked == null ? topN : Math.clamp(asked, 1, Integer.MAX_VALUE);
        }

        private void dimensions(@Nullable Long asked) throws Unreadable {
            if (asked != null && asked > MAX_DIMENSIONS) {
                throw new Unreadable("Invalid value for 'dimensions': at most " + MAX_DIMENSIONS + ".");
            }
            dimensions = asked == null ? dimensions : asked.intValue();
        }

        /// Gemini's place of the limit, and Bedrock's.
        private void settings(String limit) throws Unreadable {
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                JsonToken token = json.nextToken();
                if (name.equals(limit)) {
                    maxTokens = count(limit, token);
                } else {
                    json.skipChildren();
                }
            }
        }

        private void streamOptions(JsonToken value) throws Unreadable {
            if (value == JsonToken.VALUE_NULL) {
                return;
            }
            if (value != JsonToken.START_OBJECT) {
                throw wrongType("stream_options");
            }
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                JsonToken token = json.nextToken();
                if (name.equals("include_usage")) {
                    includeUsage = flag("stream_options.include_usage", token);
                } else {
                    json.skipChildren();
                }
            }
        }

        private String text(String name, JsonToken value, @Nullable String ifNull) throws Unreadable {
            if (value == JsonToken.VALUE_NULL && ifNull != null) {
                return ifNull;
            }
            if (value != JsonToken.VALUE_STRING) {
                throw wrongType(name);
            }
            return json.getString();
        }

        private boolean flag(String name, JsonToken value) throws Unreadable {
            return switch (value) {
                case VALUE_TRUE -> true;
                case VALUE_FALSE, VALUE_NULL -> false;
                default -> throw wrongType(name);
            };
        }

        private @Nullable Long count(String name, JsonToken value) throws Unreadable {
            if (value == JsonToken.VALUE_NULL) {
                return null;
            }
            if (value != JsonToken.VALUE_NUMBER_INT || json.getLongValue() < 1) {
                throw wrongType(name);
            }
            return json.getLongValue();
        }

        private static int choices(@Nullable Long asked) throws Unreadable {
            if (asked == null) {
                return 1;
            }
            if (asked > MAX_CHOICES) {
                throw new Unreadable("Invalid value for 'n': at most " + MAX_CHOICES + ".");
            }
            return asked.intValue();
        }

        private static Unreadable wrongType(String name) {
            return new Unreadable("Invalid type or value for '" + name + "'.");
        }
    }
}
