package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class KeyHashTest {
    /// FIPS 180-2, appendix B.1.
    private static final String OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @Test
    void isTheSha256OfTheText() {
        assertThat(KeyHash.of("abc").hex()).isEqualTo(OF_ABC);
    }

    @Test
    void readsItsOwnHexInAnyCase() {
        assertThat(KeyHash.parse(OF_ABC)).contains(KeyHash.of("abc"));
        assertThat(KeyHash.parse(
                        HexFormat.of().withUpperCase().formatHex(HexFormat.of().parseHex(OF_ABC))))
                .contains(KeyHash.of("abc"));
    }

    @Test
    void readsNothingElse() {
        assertThat(KeyHash.parse(OF_ABC.substring(1))).isEmpty();
        assertThat(KeyHash.parse(OF_ABC + "0")).isEmpty();
        assertThat(KeyHash.parse("g" + OF_ABC.substring(1))).isEmpty();
        assertThat(KeyHash.parse("")).isEmpty();
    }

    @Test
    void tellsTextsApart() {
        assertThat(KeyHash.of("a")).isNotEqualTo(KeyHash.of("b")).isEqualTo(KeyHash.of("a"));
        assertThat(KeyHash.of("a").hashCode()).isEqualTo(KeyHash.of("a").hashCode());
    }
}
