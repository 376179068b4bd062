package dev.faregate.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JsonWriterTest {
    @Test
    void writesObjectsArraysAndEveryKindOfValue() {
        String json = new JsonWriter()
                .beginObject()
                .text("t", "x")
                .number("n", -5)
                .money("m", Usd.ofNanos(1_250_000_000))
                .flag("f", true)
                .nothing("z")
                .beginObject("o")
                .endObject()
                .beginObject("p")
                .number("q", 1)
                .endObject()
                .endObject()
                .toString();
        assertThat(json).isEqualTo("{\"t\":\"x\",\"n\":-5,\"m\":1.25,\"f\":true,\"z\":null,\"o\":{},\"p\":{\"q\":1}}");
    }

    @Test
    void writesArraysOfObjects() {
        JsonWriter json = new JsonWriter().beginArray();
        assertThat(new JsonWriter().beginArray().endArray().toString()).isEqualTo("[]");
        for (int i = 0; i < 3; i++) {
            json.beginObject().number("i", i).endObject();
        }
        assertThat(json.endArray().toString()).isEqualTo("[{\"i\":0},{\"i\":1},{\"i\":2}]");
    }

    @Test
    void quotesWhateverTextComes() {
        for (String text : new String[] {
            "", "plain", "é 🔑", "a\"b", "back\\slash", "line\nbreak", "\u0000\u001f", "\"", "\\", "tab\t"
        }) {
            String json = JsonWriter.quoted(text);
            assertThat(Json.read(json.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                            .asString())
                    .as(json)
                    .isEqualTo(text);
        }
    }
}
