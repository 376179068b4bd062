package dev.faregate.base;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// JSON for everything off the relay path: strict reading into a tree, writing by hand. Safe to share
/// between threads.
public final class Json {
    /// Nesting deeper than this is refused (design: sizes and waits).
    public static final int MAX_DEPTH = 64;

    /// Digits in one number; more are refused.
    public static final int MAX_NUMBER_LENGTH = 1_000;

    /// Characters in one string; the body limit of the edge is the tighter bound in practice.
    public static final int MAX_STRING_LENGTH = 40 * 1024 * 1024;

    /// An exponent beyond what a decimal can have, which the parser says in its own way.
    private static final String TOO_GREAT = "a number in it is out of range";

    /// Repeated keys are refused: a gateway that read one value and forwarded the other would be a hole.
    public static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .maxStringLength(MAX_STRING_LENGTH)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Money is written as people write it: 0.000000075, not 7.5E-8.
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private static final JsonMapper MAPPER = JsonMapper.builder(FACTORY)
            .enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(tools.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private static final JsonMapper TOLERANT = JsonMapper.builder(FACTORY.rebuild()
                    .disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private Json() {}

    /// Reads one JSON object and nothing after it. Throws [ApiException] with a 400 that says what is
    /// wrong.
    public static ObjectNode readObject(byte[] body) {
        if (read(body) instanceof ObjectNode object) {
            return object;
        }
        throw new ApiException(new ApiError.BadRequest("The request body must be a JSON object.", null));
    }

    /// Reads one JSON value and nothing after it. Throws [ApiException] with a 400 that says what is
    /// wrong.
    public static JsonNode read(byte[] body) {
        return read(body, 0, body.length);
    }

    /// As [#read], of a part of an array.
    public static JsonNode read(byte[] bytes, int offset, int length) {
        try {
            JsonNode node = MAPPER.readTree(bytes, offset, length);
            if (node == null || node.isMissingNode()) {
                throw new ApiException(new ApiError.BadRequest("The request body is empty; it must be JSON.", null));
            }
            return node;
        } catch (JacksonException e) {
            throw new ApiException(malformed(e));
        } catch (NumberFormatException e) {
            throw new ApiException(new ApiError.BadRequest("The request body is not valid JSON: " + TOO_GREAT, null));
        }
    }

    /// Reads one JSON value of an answer, as tolerant as clients are: of a repeated key the last value counts. Throws
    /// `JacksonException`.
    public static JsonNode readAnswer(byte[] bytes, int offset, int length) {
        try {
            return TOLERANT.readTree(bytes, offset, length);
        } catch (NumberFormatException e) {
            throw new StreamReadException(TOO_GREAT);
        }
    }

    /// The 400 for a body that is not JSON: Jackson's own words, without any excerpt of the body.
    public static ApiError malformed(JacksonException e) {
        String where = e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
        String what = e.getOriginalMessage();
        String shown = what == null || what.length() > 200 ? "the body cannot be read" : what;
        return new ApiError.BadRequest("The request body is not valid JSON" + where + ": " + shown, null);
    }

    /// Writes one JSON value; `write` gets the generator and must leave it balanced.
    public static byte[] write(Consumer<JsonGenerator> write) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        try (JsonGenerator json = FACTORY.createGenerator(tools.jackson.core.ObjectWriteContext.empty(), out)) {
            write.accept(json);
        }
        return out.toByteArray();
    }

    /// A list of texts as one column holds it; null stays null.
    public static @Nullable String ofTexts(@Nullable List<String> texts) {
        if (texts == null) {
            return null;
        }
        byte[] json = write(out -> {
            out.writeStartArray();
            texts.forEach(out::writeString);
            out.writeEndArray();
        });
        return new String(json, StandardCharsets.UTF_8);
    }

    /// What [#ofTexts] made.
    public static @Nullable List<String> toTexts(@Nullable String json) {
        if (json == null) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode item : read(json.getBytes(StandardCharsets.UTF_8))) {
            texts.add(item.asString());
        }
        return List.copyOf(texts);
    }

    /// A parser over bytes with this project's limits; its token offsets are byte offsets.
    public static JsonParser parser(byte[] bytes, int offset, int length) {
        return FACTORY.createParser(tools.jackson.core.ObjectReadContext.empty(), bytes, offset, length);
    }
}
