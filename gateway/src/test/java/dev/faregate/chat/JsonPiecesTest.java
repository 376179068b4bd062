package dev.faregate.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.faregate.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonPiecesTest {
    private static final String KEPT = "kept";
    private static final String DAMAGE = "{}[]\",:0123-.eEntfu \\";

    /// What was heard of a text that came in pieces of `size` bytes.
    private static List<String> members(byte[] text, int size) {
        List<String> heard = new ArrayList<>();
        JsonPieces pieces = new JsonPieces(new JsonPieces.Members() {
            @Override
            public boolean keeps(String name) {
                return name.startsWith(KEPT);
            }

            @Override
            public void member(JsonPieces.Place place, byte @Nullable [] value) {
                heard.add(new String(text, place.from(), place.to() - place.from(), StandardCharsets.UTF_8)
                        + "|" + place.objects()
                        + "|" + place.absent()
                        + "|" + (value == null ? "-" : new String(value, StandardCharsets.UTF_8)));
            }
        });
        for (int from = 0; from < text.length; from += size) {
            pieces.feed(text, from, Math.min(text.length, from + size));
        }
        pieces.end();
        return heard;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 1_000})
    void tellsOfObjectsInAListThatIsLookedInto(int size) {
        byte[] text = utf8("{\"list\":[ {\"a\":\"x\", \"b\" : [{\"c\":1}],\"d\":{\"a\":2}}, 7,{ }, [{\"a\":3}] ],"
                + "\"kept\":[{\"a\":4}],\"more\":{\"a\":[{\"a\":5}]}}");
        List<String> heard = new ArrayList<>();
        JsonPieces pieces = new JsonPieces(new JsonPieces.Members() {
            @Override
            public boolean keeps(String name) {
                return name.equals(KEPT);
            }

            @Override
            public boolean looksInto(String name) {
                return true;
            }

            @Override
            public void inner(JsonPieces.Place place) {
                heard.add(place.name() + " " + new String(text, place.valueFrom(), place.to() - place.valueFrom()));
            }

            @Override
            public void object(int from, int to) {
                heard.add(new String(text, from, to - from));
            }

            @Override
            public void member(JsonPieces.Place place, byte @Nullable [] value) {
                heard.add(place.name() + " " + place.objects());
            }
        });
        for (int from = 0; from < text.length; from += size) {
            pieces.feed(text, from, Math.min(text.length, from + size));
        }
        pieces.end();
        assertThat(heard)
                .containsExactly(
                        "a \"x\"",
                        "b [{\"c\":1}]",
                        "d {\"a\":2}",
                        "{\"a\":\"x\", \"b\" : [{\"c\":1}],\"d\":{\"a\":2}}",
                        "{ }",
                        "list 2",
                        "kept 1",
                        "more 0");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1_000})
    void tellsWhereMembersStandHoweverTheyCome(int size) {
        String text = " { \"data\" : [ {\"embedding\":[0.5,-1e-7, 0,1E+2]} , {}, [{}] ] ,\"kept\":{\"a\" : \"x\\\"}\"},"
                + "\"n\":null,\"kept2\": -0.10e5 ,\"\\u006bept3\":\"\\ud83d\\ude00\",\"é\":true,\"deep\":{\"kept\":1}}\n";
        assertThat(members(utf8(text), size))
                .containsExactly(
                        "\"data\" : [ {\"embedding\":[0.5,-1e-7, 0,1E+2]} , {}, [{}] ]|2|false|-",
                        "\"kept\":{\"a\" : \"x\\\"}\"}|0|false|{\"a\":\"x\\\"}\"}",
                        "\"n\":null|0|true|-",
                        "\"kept2\": -0.10e5|0|false|-0.10e5",
                        "\"\\u006bept3\":\"\\ud83d\\ude00\"|0|false|\"\\ud83d\\ude00\"",
                        "\"é\":true|0|false|-",
                        "\"deep\":{\"kept\":1}|0|false|-");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "7",
                "{",
                "{}}",
                "{} x",
                "{,}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{\"a\":1 \"b\":2}",
                "{a:1}",
                "{\"a\":[1,]}",
                "{\"a\":[,1]}",
                "{\"a\":[1 2]}",
                "{\"a\":[1}}",
                "{\"a\":{]}",
                "{\"a\":01}",
                "{\"a\":-}",
                "{\"a\":1.}",
                "{\"a\":.5}",
                "{\"a\":1e}",
                "{\"a\":1e+}",
                "{\"a\":+1}",
                "{\"a\":NaN}",
                "{\"a\":tru}",
                "{\"a\":truee}",
                "{\"a\":nul",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12g4\"}",
                "{\"a\":\"\t\"}",
                "{\"a\":\"",
            })
    void refusesWhatIsNoObject(String text) {
        assertThatThrownBy(() -> members(utf8(text), 1)).isInstanceOf(MalformedJson.class);
        assertThatThrownBy(() -> members(utf8(text), 1_000)).isInstanceOf(MalformedJson.class);
    }

    @Test
    void boundsDepthAndWhatIsKept() {
        String deep = "[".repeat(63) + "]".repeat(63);
        assertThatThrownBy(() -> members(utf8("{\"a\":" + deep + "}"), 10)).isInstanceOf(MalformedJson.class);
        assertThat(members(utf8("{\"a\":" + deep.substring(1, 125) + "}"), 10)).hasSize(1);
        String large = "\"" + "x".repeat(JsonPieces.MAX_KEPT) + "\"";
        assertThat(members(utf8("{\"a\":" + large + "}"), 100)).hasSize(1);
        assertThatThrownBy(() -> members(utf8("{\"kept\":" + large + "}"), 100)).isInstanceOf(MalformedJson.class);
        assertThatThrownBy(() -> members(utf8("{" + large + ":1}"), 100)).isInstanceOf(MalformedJson.class);
    }

    /// It and [JsonCursor] are of one mind about every text.
    @Test
    void agreesWithTheCursor() {
        SplittableRandom random = Seeds.fromProperty().generator("pieces of json");
        String good = "{\"data\":[{\"a\":[1.5,-0,2e-9]},{\"b\":\"x\\n\\u00e9\"}],\"kept\":[true,false,null],\"c\":{}}";
        int refused = 0;
        for (int round = 0; round < 50_000; round++) {
            byte[] text = utf8(good);
            for (int changes = random.nextInt(4); changes > 0; changes--) {
                text[random.nextInt(text.length)] = (byte) DAMAGE.charAt(random.nextInt(DAMAGE.length()));
            }
            boolean byCursor = accepted(() -> {
                JsonCursor cursor = new JsonCursor().reset(text, 0, text.length);
                cursor.beginObject();
                while (cursor.nextKey()) {
                    cursor.skipValue();
                }
                cursor.expectEnd();
            });
            int size = 1 + random.nextInt(20);
            assertThat(accepted(() -> members(text, size)))
                    .as(new String(text, StandardCharsets.UTF_8))
                    .isEqualTo(byCursor);
            refused += byCursor ? 0 : 1;
        }
        assertThat(refused).isBetween(5_000, 45_000);
    }

    private static boolean accepted(Runnable reading) {
        try {
            reading.run();
            return true;
        } catch (MalformedJson e) {
            return false;
        }
    }
}
