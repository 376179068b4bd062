package dev.faregate.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.base.Json;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;

class JsonCursorTest {
    private static final String SAMPLE =
            "{\"a\":[1,-0.5e+3,true,false,null,\"x\\u00e9\\n\\\\\"],\"b\":{\"c\":{}}, \"d\" : [ ] ,\"é\":\"😀\"}";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "0",
                "-0",
                "1.5",
                "1e9",
                "1E-2",
                "\"\"",
                "true",
                "null",
                " { \"a\" : [ 1 , 2 ] } ",
                "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"",
                "[[[[]]]]",
                "{\"a\":{\"a\":1}}"
            })
    void acceptsWhatJsonAllows(String text) {
        assertThat(accepts(text.getBytes(UTF_8))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "}",
                "[",
                "[1,]",
                "[,1]",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{,}",
                "{a:1}",
                "01",
                "-",
                "+1",
                "1.",
                ".5",
                "1e",
                "1e+",
                "tru",
                "nul",
                "True",
                "NaN",
                "\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"a\nb\"",
                "[1 2]",
                "{\"a\":1 \"b\":2}",
                "1 2",
                "[]]",
                "{}{}",
                "'a'",
                "// x",
                "[1]x",
                "\"\\",
                "\"\\u00"
            })
    void refusesWhatJsonDoesNot(String text) {
        assertThat(accepts(text.getBytes(UTF_8))).isFalse();
    }

    @Test
    void refusesNestingBeyondTheLimit() {
        String deepest = "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH);
        assertThat(accepts(deepest.getBytes(UTF_8))).isTrue();
        assertThat(accepts(("[" + deepest + "]").getBytes(UTF_8))).isFalse();
    }

    @Test
    void refusesAbsurdlyLongNumbers() {
        assertThat(accepts("1".repeat(Json.MAX_NUMBER_LENGTH).getBytes(UTF_8))).isTrue();
        assertThat(accepts("1".repeat(Json.MAX_NUMBER_LENGTH + 1).getBytes(UTF_8)))
                .isFalse();
    }

    @Test
    void findsWhereKeysAndValuesStand() {
        byte[] text = "  {\"n\":1, \"model\" : \"gpt\" }".getBytes(UTF_8);
        JsonCursor cursor = new JsonCursor().reset(text, 0, text.length);
        cursor.beginObject();
        assertThat(cursor.nextKey()).isTrue();
        cursor.skipValue();
        assertThat(cursor.nextKey()).isTrue();
        assertThat(cursor.keyIs("model".getBytes(UTF_8))).isTrue();
        int start = cursor.valueStart();
        assertThat(cursor.readString()).isEqualTo("gpt");
        assertThat(new String(text, start, cursor.position() - start, UTF_8)).isEqualTo("\"gpt\"");
        assertThat(cursor.nextKey()).isFalse();
        cursor.expectEnd();
    }

    @Test
    void comparesKeysThatAreWrittenWithEscapes() {
        byte[] text = "{\"m\\u006fdel\":1}".getBytes(UTF_8);
        JsonCursor cursor = new JsonCursor().reset(text, 0, text.length);
        cursor.beginObject();
        assertThat(cursor.nextKey()).isTrue();
        assertThat(cursor.keyIs("model".getBytes(UTF_8))).isTrue();
        assertThat(cursor.key()).isEqualTo("model");
    }

    @Test
    void decodesEscapesAndSurrogatePairs() {
        byte[] text = "\"a\\u00e9\\ud83d\\ude00\\t\\\"é😀\"".getBytes(UTF_8);
        assertThat(new JsonCursor().reset(text, 0, text.length).readString()).isEqualTo("aé😀\t\"é😀");
    }

    @Test
    void saysWhereATextIsWrong() {
        byte[] text = "{\"a\":tru}".getBytes(UTF_8);
        JsonCursor cursor = new JsonCursor().reset(text, 0, text.length);
        assertThatThrownBy(cursor::skipValue)
                .isInstanceOfSatisfying(
                        MalformedJson.class, e -> assertThat(e.offset()).isEqualTo(5));
    }

    /// Agrees with Jackson on seeded mutations of a text that has everything in it.
    @Test
    void agreesWithAnotherParserOnMutations() {
        long seed = Long.getLong("faregate.seed", 20261121L);
        Random random = new Random(seed);
        byte[] alphabet = "{}[]\",:0123456789.eE+-\\utrfalsn \n".getBytes(UTF_8);
        int accepted = 0;
        for (int round = 0; round < 60_000; round++) {
            byte[] text = SAMPLE.getBytes(UTF_8);
            int changes = 1 + random.nextInt(3);
            for (int i = 0; i < changes; i++) {
                text = mutate(text, random, alphabet);
            }
            if (!Utf8.isValid(text, 0, text.length)) {
                continue;
            }
            boolean ours = accepts(text);
            accepted += ours ? 1 : 0;
            assertThat(ours)
                    .as("seed %d, round %d: %s", seed, round, new String(text, UTF_8))
                    .isEqualTo(jacksonAccepts(text));
        }
        assertThat(accepted).isGreaterThan(1_000);
    }

    static byte[] mutate(byte[] text, Random random, byte[] alphabet) {
        int at = random.nextInt(text.length);
        return switch (random.nextInt(3)) {
            case 0 -> {
                byte[] changed = text.clone();
                changed[at] = alphabet[random.nextInt(alphabet.length)];
                yield changed;
            }
            case 1 -> {
                byte[] shorter = new byte[text.length - 1];
                System.arraycopy(text, 0, shorter, 0, at);
                System.arraycopy(text, at + 1, shorter, at, shorter.length - at);
                yield shorter.length == 0 ? text : shorter;
            }
            default -> {
                byte[] longer = new byte[text.length + 1];
                System.arraycopy(text, 0, longer, 0, at);
                longer[at] = alphabet[random.nextInt(alphabet.length)];
                System.arraycopy(text, at, longer, at + 1, text.length - at);
                yield longer;
            }
        };
    }

    @Test
    void findsWhateverEndsAStringAtAnyPlace() {
        for (int length = 1; length <= 40; length++) {
            for (int at = 0; at < length; at++) {
                for (int special = 0; special < 0x100; special++) {
                    byte[] text = new byte[length + 2];
                    java.util.Arrays.fill(text, (byte) 'a');
                    text[0] = '"';
                    text[length + 1] = '"';
                    text[at + 1] = (byte) special;
                    boolean ends = special == '"' || special == '\\' || special < 0x20;
                    // A backslash before an 'a' is an unknown escape; before the last quote it leaves the string open.
                    assertThat(accepts(text)).isEqualTo(!ends);
                }
            }
        }
    }

    private static boolean accepts(byte[] text) {
        try {
            JsonCursor cursor = new JsonCursor().reset(text, 0, text.length);
            cursor.skipValue();
            cursor.expectEnd();
            return true;
        } catch (MalformedJson e) {
            return false;
        }
    }

    private static boolean jacksonAccepts(byte[] text) {
        try (JsonParser parser = tools.jackson.core.json.JsonFactory.builder()
                .build()
                .createParser(tools.jackson.core.ObjectReadContext.empty(), text)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            if (parser.currentToken().isScalarValue()) {
                parser.getString();
            }
            return parser.nextToken() == null;
        } catch (JacksonException e) {
            return false;
        }
    }
}
