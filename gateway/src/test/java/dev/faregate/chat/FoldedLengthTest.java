package dev.faregate.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.faregate.base.Json;
import java.text.Normalizer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Tokenizers that fold text see more bytes than we send (ledger 2.2).
class FoldedLengthTest {
    @Test
    void oneCharacterOfThreeBytesBecomesThirtyThree() {
        assertThat(quick("\uFDFA")).isEqualTo(33);
        assertThat(quick("\\ufdfa")).as("written as an escape").isEqualTo(33);
        assertThat(quick("\\\\ufdfa")).as("a backslash and five letters").isEqualTo(7);
    }

    @Test
    void plainTextIsAsLongAsItIs() {
        assertThat(quick("plain")).isEqualTo(5);
        assertThat(quick("")).isZero();
    }

    @Test
    void canonicalFormsCountTooAlthoughTheOtherFormIsShorter() {
        // A fullwidth letter shrinks in NFKC; a tokenizer that does not fold sees its three bytes.
        assertThat(quick("\uFF21")).isEqualTo(3);
        // U+1D160 decomposes in both forms: four bytes become twelve.
        assertThat(quick("\uD834\uDD60")).isEqualTo(12);
    }

    @Test
    void isNeverBelowAnyFormOfAnyText() {
        long seed = Long.getLong("faregate.seed", 15L);
        Random random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            String text = randomText(random);
            byte[] json = Json.write(out -> out.writeString(text));
            long most = Math.max(
                    bytes(text),
                    Math.max(
                            bytes(Normalizer.normalize(text, Normalizer.Form.NFC)),
                            bytes(Normalizer.normalize(text, Normalizer.Form.NFKC))));
            assertThat(FoldedLength.exact(json, 0, json.length))
                    .as("seed %d, round %d", seed, round)
                    .isGreaterThanOrEqualTo(most);
            assertThat(FoldedLength.quick(json, 0, json.length)).isGreaterThanOrEqualTo(most);
            byte[] large = ("\"" + " ".repeat(20_000) + "\"" + new String(json, UTF_8)).getBytes(UTF_8);
            assertThat(FoldedLength.quick(large, 0, large.length))
                    .as("the rough bound of a large text")
                    .isGreaterThanOrEqualTo(FoldedLength.exact(large, 0, large.length));
        }
    }

    private static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(30); i >= 0; i--) {
            int codePoint = random.nextInt(4) == 0 ? random.nextInt(0x2FFFF) : 0xFB00 + random.nextInt(0x500);
            boolean usable = Character.isDefined(codePoint) && Character.getType(codePoint) != Character.SURROGATE;
            text.appendCodePoint(usable ? codePoint : 'x');
        }
        return text.toString();
    }

    private static long bytes(String text) {
        return text.getBytes(UTF_8).length;
    }

    private static long quick(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return FoldedLength.quick(bytes, 0, bytes.length);
    }
}
