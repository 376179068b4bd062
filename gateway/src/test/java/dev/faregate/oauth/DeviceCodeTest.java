package dev.faregate.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceCodeTest {
    /// RFC 8628 section 6.1: "A-Z without vowels", so that no word comes about.
    @Test
    void makesCodesOfEightConsonants() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            String code = DeviceCode.userCode();
            assertThat(code).matches("[BCDFGHJKLMNPQRSTVWXZ]{8}");
            assertThat(DeviceCode.shown(code)).matches("[A-Z]{4}-[A-Z]{4}");
            seen.add(code);
        }
        assertThat(seen).hasSizeGreaterThan(990);
    }

    @ParameterizedTest
    @ValueSource(strings = {"BCDF-GHJK", "bcdf-ghjk", " bcdf ghjk ", "BCDFGHJK", "b-c-d-f-g-h-j-k", "bcdf\u2013ghjk"})
    void heedsNeitherCaseNorDashes(String typed) {
        assertThat(DeviceCode.typed(typed)).isEqualTo("BCDFGHJK");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF-GHJ1", "BCDF-GHJ%", "БCDF-GHJK"})
    void knowsWhatCanBeNoCode(String typed) {
        assertThat(DeviceCode.typed(typed)).isNull();
    }
}
