package dev.faregate.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class KeyTextTest {
    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final long SEED = 20_260_921L;
    private static final int CASES = 500;

    @Test
    void computesTheChecksumOfThePublishedExample() {
        // GitHub's example; its leading zero is the padding that naive code loses.
        assertThat(KeyText.checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ")).isEqualTo("0mLq17");
    }

    @ParameterizedTest
    @EnumSource
    void makesKeysThatItAccepts(KeyKind kind) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < CASES; i++) {
            String text = KeyText.generate(kind).reveal();
            assertThat(text).matches("sk-fg-(?:v1|adm)-[0-9A-Za-z]{46}").startsWith(kind.prefix());
            assertThat(KeyText.looksOurs(text)).isTrue();
            assertThat(KeyText.checksumGood(text)).isTrue();
            assertThat(seen.add(text)).isTrue();
        }
    }

    @Test
    void drawsEveryCharacterAboutEquallyOften() {
        int[] counts = new int[ALPHABET.length()];
        int keys = 3_000;
        for (int i = 0; i < keys; i++) {
            String text = KeyText.generate(KeyKind.INFERENCE).reveal();
            text.substring(9, 49).chars().forEach(c -> counts[ALPHABET.indexOf(c)]++);
        }
        double expected = keys * 40.0 / ALPHABET.length();
        double chiSquare = 0;
        for (int count : counts) {
            chiSquare += (count - expected) * (count - expected) / expected;
        }
        // 61 degrees of freedom: beyond 150 once in a billion runs.
        assertThat(chiSquare).isLessThan(150);
    }

    @Test
    void refusesAnySingleChangedCharacter() {
        RandomGenerator random = new Random(SEED);
        for (int i = 0; i < CASES; i++) {
            String good = KeyText.generate(KeyKind.INFERENCE).reveal();
            int at = random.nextInt(9, good.length());
            char other = ALPHABET.charAt(random.nextInt(ALPHABET.length()));
            String changed = good.substring(0, at) + other + good.substring(at + 1);
            assertThat(KeyText.checksumGood(changed)).as(changed).isEqualTo(changed.equals(good));
        }
    }

    @Test
    void refusesAKeyWithTheOtherKindsPrefix() {
        for (int i = 0; i < CASES; i++) {
            String inference = KeyText.generate(KeyKind.INFERENCE).reveal();
            String swapped = inference.replace("sk-fg-v1-", "sk-fg-adm-");
            assertThat(KeyText.checksumGood(swapped)).as(swapped).isFalse();
        }
    }

    @Test
    void refusesTextsOfOursThatAreCutLengthenedOrOfAnUnknownKind() {
        String good = KeyText.generate(KeyKind.INFERENCE).reveal();
        assertThat(KeyText.checksumGood(good.substring(0, good.length() - 1))).isFalse();
        assertThat(KeyText.checksumGood(good + "0")).isFalse();
        assertThat(KeyText.checksumGood(good.replace("-v1-", "-test-"))).isFalse();
        assertThat(KeyText.looksOurs("sk-fg-")).isTrue();
        assertThat(KeyText.checksumGood("sk-fg-")).isFalse();
        assertThat(KeyText.checksumGood("sk-fg-v1-" + "é".repeat(46))).isFalse();
    }

    @Test
    void leavesKeysOfOtherSystemsAlone() {
        assertThat(KeyText.looksOurs("sk-or-v1-" + "0e".repeat(32))).isFalse();
        assertThat(KeyText.looksOurs("sk-1234")).isFalse();
        assertThat(KeyText.looksOurs("SK-FG-V1-x")).isFalse();
    }

    @Test
    void showsPrefixAndBothEndsOfAKey() {
        String ours = KeyText.generate(KeyKind.MANAGEMENT).reveal();
        assertThat(KeyText.label(ours))
                .isEqualTo(ours.substring(0, 13) + "..." + ours.substring(ours.length() - 4))
                .startsWith("sk-fg-adm-");
        assertThat(KeyText.label("sk-or-v1-0e6" + "a".repeat(57) + "1c96")).isEqualTo("sk-or-v1-0e6...1c96");
        assertThat(KeyText.label("sk-abcdefghijklmnopqrstuvwxyz")).isEqualTo("sk-abc...wxyz");
    }

    @Test
    void showsNothingOfAShortKey() {
        assertThat(KeyText.label("sk-abcdefgh")).isEqualTo("...");
        assertThat(KeyText.label("")).isEqualTo("...");
    }
}
